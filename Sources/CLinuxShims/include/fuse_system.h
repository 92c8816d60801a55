#pragma once
#include <linux/fuse.h>
#include <stdint.h>

// What a file system of ours in user space needs besides reading and writing its device.

/// Mounts the file system served by `device` on `place`. 0 or -errno.
int fuse_attach(const char *place, int device, unsigned root_mode);
/// Takes the mount on `place` away, whoever still uses it. 0 or -errno.
int fuse_detach(const char *place);
/// renameat2(2). 0 or -errno.
int fuse_rename(int from, const char *old, int to, const char *name, unsigned flags);
/// SEEK_DATA and SEEK_HOLE too. The offset or -errno.
int64_t fuse_seek(int descriptor, int64_t offset, int whence);
/// As many open files as this process may have: one is held for each file that the kernel remembers. 0 or -errno.
int fuse_open_files(void);

/// The place of a file, not followed if it is a link, and not opened (O_PATH, close-on-exec). `directory` may be AT_FDCWD.
int fuse_place(int directory, const char *name);
/// Changes the owner of what `place` holds; -1 leaves one as it is. 0 or -errno.
int fuse_give(int place, unsigned user, unsigned group);
/// The flags of an open as the kernel asks for it, without those that are its own business.
int fuse_open_flags(uint32_t flags);
/// fallocate(2). 0 or -errno.
int fuse_allocate(int descriptor, int mode, int64_t offset, int64_t length);
