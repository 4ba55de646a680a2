// SPDX-License-Identifier: MIT
/*
 * /proc/PID: directories whose names depend on who lives now. An inode's number
 * says process (or thread), kind and index; everything else is asked anew each
 * time, so a process that ended leaves -ENOENT (by name) or -ESRCH (open).
 */
#include "fs/procfs/tree.h"

#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "lib/parse.h"

const struct process_source *process_source;
static const struct process_file *files, *spaces;
static size_t file_count, space_count;

/* Directories that every process has beside its files. */
static const struct {
	const char *name;
	uint32_t mode;
	enum process_kind kind;
	bool process_only;
} directories[] = {
	{ "task", 0555, KIND_TASKS, true },
	{ "fd", 0500, KIND_FDS, false },
	{ "fdinfo", 0555, KIND_FDINFOS, false },
	{ "ns", 0511, KIND_SPACES, false },
};
#define FIRST_PID 0x10000

void procfs_register_processes(const struct process_source *source,
			       const struct process_file *process_files,
			       size_t count,
			       const struct process_file *process_spaces,
			       size_t process_space_count)
{
	files = process_files;
	file_count = count;
	spaces = process_spaces;
	space_count = process_space_count;
	process_source = source;
}

bool process_subject(const struct inode *inode, struct proc_subject *subject)
{
	return process_source &&
	       process_source->find(number_id(inode->number),
				    number_whole(inode->number), subject);
}

const struct process_file *process_file_of(const struct inode *inode)
{
	unsigned index = number_index(inode->number);

	if (!number_is_process(inode->number))
		return NULL;
	if (number_kind(inode->number) == KIND_FILE && index < file_count)
		return &files[index];
	if (number_kind(inode->number) == KIND_SPACE && index < space_count)
		return &spaces[index];
	return NULL;
}

static const struct inode_ops directory_ops, link_ops, fd_link_ops;
static const struct file_ops directory_file_ops;

/* Only who may look into the process gets at what these say. */
static int check_inspect(const struct inode *inode)
{
	struct proc_subject subject;
	bool allowed;

	if (!process_subject(inode, &subject))
		return -ENOENT;
	allowed = process_source->may_inspect(&subject);
	process_source->release(&subject);
	return allowed ? 0 : -EACCES;
}

static void set_directory(struct inode *inode, uint32_t mode, unsigned links)
{
	inode->mode = S_IFDIR | mode;
	inode->links = links;
	inode->ops = &directory_ops;
	inode->file_ops = &directory_file_ops;
}

static int set_fd(struct inode *inode, struct proc_subject *subject)
{
	struct file *file =
		process_source->fd(subject, (int)number_index(inode->number));

	if (!file)
		return -ENOENT;
	inode->mode = S_IFLNK | (file->mode & FILE_READ ? 0500 : 0) |
		      (file->mode & FILE_WRITE ? 0300 : 0);
	inode->ops = &fd_link_ops;
	inode->size = 64;
	file_put(file);
	return 0;
}

static void set_file(struct inode *inode, const struct process_file *entry)
{
	if (entry->place || entry->link) {
		inode->mode = S_IFLNK | 0777;
		inode->ops = &link_ops;
		return;
	}
	inode->mode = S_IFREG | entry->mode;
	inode->ops = &proc_file_inode_ops;
	inode->file_ops = &proc_file_ops;
}

/* What was registered below "net". */
static int set_net(struct inode *inode)
{
	struct proc_node *node = node_by_number(number_index(inode->number));

	if (!node)
		return -ENOENT;
	inode->private = node;
	inode->uid = inode->gid = 0;
	if ((node->mode & S_IFMT) == S_IFDIR) {
		set_directory(inode, 0555, 2 + node->child_count);
		return 0;
	}
	inode->mode = node->mode;
	inode->ops = &proc_file_inode_ops;
	inode->file_ops = &proc_file_ops;
	return 0;
}

/* A file about one of the names of a directory below "net". */
static int set_net_name(struct inode *inode)
{
	unsigned slot = number_index(inode->number) >> NET_NAME_BITS;
	struct proc_node *node = slot < NET_NAMES_MAX ? proc_net_names[slot] :
							NULL;

	node = node ? node_child(node, "*", 1) : NULL;
	if (!node)
		return -ENOENT;
	inode->private = node;
	inode->uid = inode->gid = 0;
	inode->mode = node->mode;
	inode->ops = &proc_file_inode_ops;
	inode->file_ops = &proc_file_ops;
	return 0;
}

int process_read_inode(struct inode *inode)
{
	struct proc_subject subject;
	int error = 0;

	if (!process_subject(inode, &subject))
		return -ENOENT;
	process_source->owner(&subject, &inode->uid, &inode->gid);
	switch (number_kind(inode->number)) {
	case KIND_DIRECTORY:
		set_directory(inode, 0555, subject.whole ? 9 : 7);
		break;
	case KIND_TASKS:
		set_directory(inode, 0555, 2 + process_source->links(&subject));
		break;
	case KIND_FDS:
		set_directory(inode, 0500, 2);
		break;
	case KIND_FDINFOS:
		set_directory(inode, 0555, 2);
		break;
	case KIND_SPACES:
		set_directory(inode, 0511, 2);
		break;
	case KIND_FD:
		error = set_fd(inode, &subject);
		break;
	case KIND_FDINFO:
		inode->mode = S_IFREG | 0400;
		inode->ops = &proc_file_inode_ops;
		inode->file_ops = &proc_file_ops;
		break;
	case KIND_NET:
		error = set_net(inode);
		break;
	case KIND_NET_NAME:
		error = set_net_name(inode);
		break;
	default:
		if (process_file_of(inode))
			set_file(inode, process_file_of(inode));
		else
			error = -ENOENT;
	}
	process_source->release(&subject);
	return error;
}

/* ---- looking up ------------------------------------------------------------------ */

static bool parse_id(const char *name, size_t length, uint64_t *id)
{
	return length && length < 10 && (*name != '0' || length == 1) &&
	       parse_u64_n(name, length, 10, id);
}

static bool same(const char *text, const char *name, size_t length)
{
	return strlen(text) == length && !memcmp(text, name, length);
}

int process_lookup_root(struct super_block *super, const char *name,
			size_t length, struct inode **found)
{
	uint64_t id;

	if (!parse_id(name, length, &id) || !id)
		return -ENOENT;
	return inode_get(
		super, process_number((int)id, true, KIND_DIRECTORY, 0), found);
}

static int lookup_file(struct inode *directory, const char *name, size_t length,
		       struct inode **found)
{
	int id = number_id(directory->number);
	bool whole = number_whole(directory->number);

	for (size_t i = 0; i < ARRAY_LEN(directories); i++) {
		if (same(directories[i].name, name, length) &&
		    (whole || !directories[i].process_only))
			return inode_get(directory->super,
					 process_number(id, whole,
							directories[i].kind, 0),
					 found);
	}
	for (unsigned i = 0; i < file_count; i++) {
		if (same(files[i].name, name, length) &&
		    (whole || !files[i].process_only))
			return inode_get(
				directory->super,
				process_number(id, whole, KIND_FILE, i), found);
	}
	if (!same("net", name, length))
		return -ENOENT;
	return inode_get(directory->super,
			 process_number(id, whole, KIND_NET,
					(unsigned)proc_net->number),
			 found);
}

static uint64_t net_name_number(uint64_t directory,
				const struct proc_node *node, uint32_t which)
{
	return process_number(number_id(directory), number_whole(directory),
			      KIND_NET_NAME,
			      node->slot << NET_NAME_BITS | which);
}

/* One of the names that the process's network has. */
static int lookup_net_name(struct inode *directory, const char *name,
			   size_t length, struct inode **found)
{
	struct proc_node *node = directory->private;
	struct proc_subject subject;
	uint32_t which = 0;

	if (!process_subject(directory, &subject))
		return -ENOENT;
	if (process_source->enter_network(&subject)) {
		which = node->names->find(name, length);
		process_source->leave_network();
	}
	process_source->release(&subject);
	if (!which || which >> NET_NAME_BITS)
		return -ENOENT;
	return inode_get(directory->super,
			 net_name_number(directory->number, node, which),
			 found);
}

static int lookup_net(struct inode *directory, const char *name, size_t length,
		      struct inode **found)
{
	struct proc_node *parent = directory->private;
	struct proc_node *node = node_child(parent, name, length);

	if (parent->names && (!node || node_is_pattern(node)))
		return lookup_net_name(directory, name, length, found);
	if (!node)
		return -ENOENT;
	return inode_get(directory->super,
			 process_number(number_id(directory->number),
					number_whole(directory->number),
					KIND_NET, (unsigned)node->number),
			 found);
}

static bool belongs(struct inode *directory, int tid)
{
	struct proc_subject subject;
	bool found = false;

	if (!process_subject(directory, &subject))
		return false;
	found = process_source->next_thread(&subject, tid - 1) == tid;
	process_source->release(&subject);
	return found;
}

static int lookup_numbered(struct inode *directory, enum process_kind kind,
			   const char *name, size_t length,
			   struct inode **found)
{
	int id = number_id(directory->number);
	bool whole = number_whole(directory->number);
	uint64_t index;

	if (!parse_id(name, length, &index) || index > INDEX_MAX)
		return -ENOENT;
	if (kind == KIND_TASKS) {
		if (!belongs(directory, (int)index))
			return -ENOENT;
		return inode_get(directory->super,
				 process_number((int)index, false,
						KIND_DIRECTORY, 0),
				 found);
	}
	return inode_get(directory->super,
			 process_number(id, whole,
					kind == KIND_FDS ? KIND_FD :
							   KIND_FDINFO,
					(unsigned)index),
			 found);
}

static int lookup_space(struct inode *directory, const char *name,
			size_t length, struct inode **found)
{
	for (unsigned i = 0; i < space_count; i++) {
		if (same(spaces[i].name, name, length))
			return inode_get(
				directory->super,
				process_number(number_id(directory->number),
					       number_whole(directory->number),
					       KIND_SPACE, i),
				found);
	}
	return -ENOENT;
}

static int lookup(struct inode *directory, const char *name, size_t length,
		  struct inode **found)
{
	enum process_kind kind = number_kind(directory->number);
	int error;

	switch (kind) {
	case KIND_DIRECTORY:
		return lookup_file(directory, name, length, found);
	case KIND_SPACES:
		return lookup_space(directory, name, length, found);
	case KIND_NET:
		return lookup_net(directory, name, length, found);
	case KIND_FDS:
	case KIND_FDINFOS:
		error = check_inspect(directory);
		if (error)
			return error;
		FALLTHROUGH;
	default:
		return lookup_numbered(directory, kind, name, length, found);
	}
}

static int permission(struct inode *inode, unsigned mask)
{
	enum process_kind kind = number_kind(inode->number);

	if (kind == KIND_FDS || kind == KIND_FDINFOS)
		return check_inspect(inode);
	/* Everybody may read and enter; nobody makes names here. */
	return mask & 2 ? -EACCES : 0;
}

static const struct inode_ops directory_ops = {
	.lookup = lookup,
	.permission = permission,
	.volatile_names = true,
};

/* ---- listing ------------------------------------------------------------------------ */

int process_list_root(struct file *file, struct directory_sink *sink)
{
	char name[12];
	int pid = 0;

	if (!process_source)
		return 0;
	if (file->position >= FIRST_PID)
		pid = (int)(file->position - FIRST_PID);
	while ((pid = process_source->next(pid)) > 0) {
		format_to(name, sizeof name, "%d", pid);
		if (sink->add(sink, name, strlen(name),
			      process_number(pid, true, KIND_DIRECTORY, 0),
			      FIRST_PID + pid, 4))
			return 0;
		file->position = FIRST_PID + pid;
	}
	return 0;
}

static int list_files(struct file *file, struct directory_sink *sink)
{
	uint64_t number = file->inode->number;
	bool whole = number_whole(number);
	size_t total = ARRAY_LEN(directories) + file_count + 1;

	for (; file->position - 2 < (int64_t)total; file->position++) {
		size_t i = (size_t)file->position - 2;
		const char *name = "net";
		enum process_kind kind = KIND_NET;
		unsigned index = (unsigned)proc_net->number, type = 4;
		bool skip = false;

		if (i < ARRAY_LEN(directories)) {
			name = directories[i].name;
			kind = directories[i].kind;
			index = 0;
			skip = directories[i].process_only && !whole;
		} else if (i < ARRAY_LEN(directories) + file_count) {
			kind = KIND_FILE;
			index = (unsigned)(i - ARRAY_LEN(directories));
			name = files[index].name;
			type = files[index].place || files[index].link ? 10 : 8;
			skip = files[index].process_only && !whole;
		}
		if (!skip && sink->add(sink, name, strlen(name),
				       process_number(number_id(number), whole,
						      kind, index),
				       file->position + 1, type))
			return 0;
	}
	return 0;
}

#define NAMES_AT (1ll << 32)

/* From position NAMES_AT + number on. */
static int list_net_names(struct file *file, struct directory_sink *sink,
			  struct proc_subject *subject)
{
	struct proc_node *node = file->inode->private;
	uint32_t which = 0;
	char name[PROC_NAME_MAX];

	if (!process_source->enter_network(subject))
		return 0;
	if (file->position >= NAMES_AT)
		which = (uint32_t)(file->position - NAMES_AT);
	while ((which = node->names->next(which, name)) &&
	       !(which >> NET_NAME_BITS)) {
		if (sink->add(sink, name, strlen(name),
			      net_name_number(file->inode->number, node, which),
			      NAMES_AT + which, 8))
			break;
		file->position = NAMES_AT + which;
	}
	process_source->leave_network();
	return 0;
}

static int list_net(struct file *file, struct directory_sink *sink,
		    struct proc_subject *subject)
{
	uint64_t number = file->inode->number;
	struct proc_node *node = file->inode->private, *child;
	int64_t position = 2;

	mutex_lock(&proc_lock);
	LIST_FOR_EACH(child, &node->children, sibling) {
		if (position++ < file->position || node_is_pattern(child))
			continue;
		if (sink->add(sink, child->name, child->length,
			      process_number(number_id(number),
					     number_whole(number), KIND_NET,
					     (unsigned)child->number),
			      position, (child->mode & S_IFMT) >> 12)) {
			mutex_unlock(&proc_lock);
			return 0;
		}
		file->position = position;
	}
	mutex_unlock(&proc_lock);
	return node->names ? list_net_names(file, sink, subject) : 0;
}

static int list_spaces(struct file *file, struct directory_sink *sink)
{
	uint64_t number = file->inode->number;

	for (; file->position - 2 < (int64_t)space_count; file->position++) {
		unsigned i = (unsigned)file->position - 2;

		if (sink->add(sink, spaces[i].name, strlen(spaces[i].name),
			      process_number(number_id(number),
					     number_whole(number), KIND_SPACE,
					     i),
			      file->position + 1, 10))
			return 0;
	}
	return 0;
}

/* task, fd, fdinfo: position 2 + the last number + 1. */
static int list_numbered(struct file *file, struct directory_sink *sink,
			 struct proc_subject *subject, enum process_kind kind)
{
	uint64_t number = file->inode->number, entry;
	char name[12];
	int next;

	for (;;) {
		int from = (int)(file->position - 2);

		next = kind == KIND_TASKS ?
			       process_source->next_thread(subject, from - 1) :
			       process_source->next_fd(subject, from);
		if (next < 0)
			return 0;
		if (kind == KIND_TASKS)
			entry = process_number(next, false, KIND_DIRECTORY, 0);
		else
			entry = process_number(
				number_id(number), number_whole(number),
				kind == KIND_FDS ? KIND_FD : KIND_FDINFO,
				(unsigned)next);
		format_to(name, sizeof name, "%d", next);
		if (sink->add(sink, name, strlen(name), entry, 2 + next + 1,
			      kind == KIND_TASKS ? 4 :
			      kind == KIND_FDS	 ? 10 :
						   8))
			return 0;
		file->position = 2 + next + 1;
	}
}

static int readdir(struct file *file, struct directory_sink *sink)
{
	enum process_kind kind = number_kind(file->inode->number);
	struct proc_subject subject;
	int result;

	if (!process_subject(file->inode, &subject))
		return -ENOENT;
	for (; file->position < 2; file->position++) {
		if (sink->add(sink, "..", (size_t)file->position + 1,
			      file->inode->number, file->position + 1, 4)) {
			process_source->release(&subject);
			return 0;
		}
	}
	if (kind == KIND_DIRECTORY)
		result = list_files(file, sink);
	else if (kind == KIND_SPACES)
		result = list_spaces(file, sink);
	else if (kind == KIND_NET)
		result = list_net(file, sink, &subject);
	else
		result = list_numbered(file, sink, &subject, kind);
	process_source->release(&subject);
	return result;
}

static bool is_whole(const struct inode *inode)
{
	return number_is_process(inode->number) &&
	       number_kind(inode->number) == KIND_DIRECTORY &&
	       number_whole(inode->number);
}

/* /proc/PID may stand for its process (pidfd_send_signal): for the one that has
 * the number now, not for a later one. */
static int open(struct file *file, uint64_t rdevice)
{
	struct proc_subject subject;

	if (!is_whole(file->inode))
		return 0;
	if (!process_subject(file->inode, &subject))
		return -ENOENT;
	file->private = (void *)process_source->made(&subject);
	process_source->release(&subject);
	return 0;
}

int procfs_process_of(struct file *file, struct process **process)
{
	struct proc_subject subject;

	if (file->ops != &directory_file_ops || !is_whole(file->inode))
		return -EBADF;
	if (!process_subject(file->inode, &subject))
		return -ESRCH;
	*process = NULL;
	if (process_source->made(&subject) == (uint64_t)file->private)
		*process = process_source->get(&subject);
	process_source->release(&subject);
	return *process ? 0 : -ESRCH;
}

static const struct file_ops directory_file_ops = {
	.name = "directory",
	.open = open,
	.read = directory_read,
	.seek = directory_seek,
	.readdir = readdir,
};

/* ---- links: exe, cwd, root, ns/NAME -------------------------------------------------- */

static int place_of(struct inode *inode, struct path *path)
{
	const struct process_file *entry = process_file_of(inode);
	struct proc_subject subject;
	int error;

	if (!process_subject(inode, &subject))
		return -ENOENT;
	if (!process_source->may_inspect(&subject))
		error = -EACCES;
	else
		error = entry->place ? entry->place(&subject, path) : -ESTALE;
	process_source->release(&subject);
	return error;
}

static ssize_t print_place(struct inode *inode, char *buffer, size_t size)
{
	struct path path;
	ssize_t length;
	int error = place_of(inode, &path);

	if (error)
		return error;
	length = path_print(&path, buffer, size);
	path_put(&path);
	return length;
}

static ssize_t readlink(struct inode *inode, char *buffer, size_t size)
{
	const struct process_file *entry = process_file_of(inode);
	struct proc_subject subject;
	struct text text;

	if (!entry->link)
		return print_place(inode, buffer, size);
	if (!process_subject(inode, &subject))
		return -ENOENT;
	text_init(&text, buffer, size);
	entry->link(&text, &subject);
	process_source->release(&subject);
	return (ssize_t)text_length(&text);
}

static const struct inode_ops link_ops = {
	.readlink = readlink,
	.follow = place_of,
};

/* ---- /proc/PID/fd/N ------------------------------------------------------------------- */

static struct file *file_of(struct inode *inode)
{
	struct proc_subject subject;
	struct file *file;

	if (!process_subject(inode, &subject))
		return NULL;
	file = process_source->may_inspect(&subject) ?
		       process_source->fd(&subject,
					  (int)number_index(inode->number)) :
		       NULL;
	process_source->release(&subject);
	return file;
}

static int follow_fd(struct inode *inode, struct path *path)
{
	struct file *file = file_of(inode);
	int error = 0;

	if (!file)
		return -ENOENT;
	if (file->dentry) {
		path->mount = file->mount;
		path->dentry = file->dentry;
		path_get(path);
	} else {
		error = -ESTALE; /* a pipe, a socket: no place; see `target` */
	}
	file_put(file);
	return error;
}

static void describe_anonymous(struct text *text, struct file *file)
{
	struct stat_result stat = { 0 };
	const char *name = file->ops && file->ops->name ? file->ops->name :
							  "file";

	file_stat(file, &stat);
	if ((stat.mode & S_IFMT) == S_IFIFO)
		text_add(text, "pipe:[%lu]", stat.inode);
	else if ((stat.mode & S_IFMT) == S_IFSOCK)
		text_add(text, "socket:[%lu]", stat.inode);
	else
		text_add(text, "anon_inode:[%s]", name);
}

static ssize_t readlink_fd(struct inode *inode, char *buffer, size_t size)
{
	struct file *file = file_of(inode);
	struct path path;
	struct text text;
	ssize_t length;

	if (!file)
		return -ENOENT;
	if (file->dentry) {
		path.mount = file->mount;
		path.dentry = file->dentry;
		length = path_print(&path, buffer, size);
	} else {
		text_init(&text, buffer, size);
		describe_anonymous(&text, file);
		length = (ssize_t)text_length(&text);
	}
	file_put(file);
	return length;
}

static const struct inode_ops fd_link_ops = {
	.readlink = readlink_fd,
	.follow = follow_fd,
	.target = file_of,
};

void process_show_fdinfo(struct text *text, struct proc_subject *subject,
			 int fd)
{
	struct file *file = process_source->fd(subject, fd);

	if (!file)
		return;
	text_add(text, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t%d\nino:\t%lu\n",
		 file->ops->stream ? 0 : file->position, file->flags,
		 file->mount ? file->mount->id : 15,
		 file->inode ? file->inode->number : 0);
	if (file->ops->describe)
		file->ops->describe(file, text);
	file_put(file);
}
