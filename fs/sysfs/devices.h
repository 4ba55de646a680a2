// SPDX-License-Identifier: MIT
/* Private to fs/sysfs: fills in what every machine has. */
#pragma once

void sysfs_add_devices(void);
