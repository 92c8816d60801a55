import CLinuxShims
import Glibc

/// A file system that shows a directory as it is: each request is done to the files behind.
final class PassThrough {
    /// What one write may carry.
    static let largest = 128 << 10
    /// How long the kernel may believe what it was told, seconds. Nobody else is expected to change the files behind.
    private static let validity: UInt64 = 1

    private var nodes: FuseNodes
    /// The entries of the directories that are being read.
    private var listings: [UInt64: [Entry]] = [:]
    private var nextListing: UInt64 = 1

    private struct Entry {
        var inode: UInt64
        var type: UInt32
        var name: [UInt8]
    }

    /// `backing` is a directory; it may be the very place where the result is mounted later.
    init(backing: String) throws(HostError) {
        // With its own entry it is the directory itself, wherever a link leads.
        let root = try SystemCall.check(fuse_place(AT_FDCWD, backing + "/."), "opening \(backing)")
        nodes = FuseNodes(root: root)
    }

    func answer(_ request: FuseRequest) -> FuseAnswer {
        switch request.operation {
        case FUSE_LOOKUP.rawValue: return lookUp(request)
        case FUSE_FORGET.rawValue, FUSE_BATCH_FORGET.rawValue: return forget(request)
        case FUSE_GETATTR.rawValue: return attributes(of: request.node)
        case FUSE_SETATTR.rawValue: return change(request)
        case FUSE_OPEN.rawValue: return open(request)
        case FUSE_READ.rawValue: return read(request)
        case FUSE_WRITE.rawValue: return write(request)
        case FUSE_RELEASE.rawValue:
            return request.body(fuse_release_in.self).map { .of(close(Int32(truncatingIfNeeded: $0.fh))) } ?? .done
        case FUSE_FLUSH.rawValue: return .done
        case FUSE_FSYNC.rawValue: return sync(request)
        case FUSE_FSYNCDIR.rawValue: return syncDirectory(request.node)
        case FUSE_LSEEK.rawValue: return seek(request)
        case FUSE_FALLOCATE.rawValue: return allocate(request)
        case FUSE_OPENDIR.rawValue: return openDirectory(request.node)
        case FUSE_READDIR.rawValue: return readDirectory(request)
        case FUSE_RELEASEDIR.rawValue:
            request.body(fuse_release_in.self).map { _ = listings.removeValue(forKey: $0.fh) }
            return .done
        case FUSE_STATFS.rawValue: return room(request.node)
        case FUSE_READLINK.rawValue: return readLink(request.node)
        case FUSE_INTERRUPT.rawValue: return .none
        default: return change(directory: request)
        }
    }

    /// What changes a directory.
    private func change(directory request: FuseRequest) -> FuseAnswer {
        switch request.operation {
        case FUSE_CREATE.rawValue: return create(request)
        case FUSE_MKNOD.rawValue:
            return make(request, after: fuse_mknod_in.self) { mknodat($0, $1, $2.mode, dev_t($2.rdev)) }
        case FUSE_MKDIR.rawValue: return make(request, after: fuse_mkdir_in.self) { mkdirat($0, $1, $2.mode) }
        case FUSE_SYMLINK.rawValue:
            let names = request.names()
            guard let directory = nodes[request.node], names.count == 2 else { return .error(EINVAL) }
            guard symlinkat(names[1], directory, names[0]) == 0 else { return .failure }
            return entry(directory, names[0], madeBy: request.header)
        case FUSE_LINK.rawValue:
            guard let link = request.body(fuse_link_in.self), let source = nodes.path(link.oldnodeid),
                let directory = nodes[request.node], let name = request.name(after: MemoryLayout<fuse_link_in>.size)
            else { return .error(EINVAL) }
            guard linkat(AT_FDCWD, source, directory, name, AT_SYMLINK_FOLLOW) == 0 else { return .failure }
            return entry(directory, name)
        case FUSE_UNLINK.rawValue: return remove(request, 0)
        case FUSE_RMDIR.rawValue: return remove(request, AT_REMOVEDIR)
        case FUSE_RENAME.rawValue:
            guard let rename = request.body(fuse_rename_in.self) else { return .error(EINVAL) }
            return move(request, to: rename.newdir, 0, MemoryLayout<fuse_rename_in>.size)
        case FUSE_RENAME2.rawValue:
            guard let rename = request.body(fuse_rename2_in.self) else { return .error(EINVAL) }
            return move(request, to: rename.newdir, rename.flags, MemoryLayout<fuse_rename2_in>.size)
        // Extended attributes, locks, copies within the kernel: it does without, or does it by itself.
        default: return .error(ENOSYS)
        }
    }

    // MARK: - Names

    private func lookUp(_ request: FuseRequest) -> FuseAnswer {
        guard let directory = nodes[request.node], let name = request.name() else { return .error(EINVAL) }
        return entry(directory, name)
    }

    /// Tells the kernel of a file. One just made belongs to whoever asked for it.
    private func entry(_ directory: Int32, _ name: [CChar], madeBy maker: fuse_in_header? = nil) -> FuseAnswer {
        let file = fuse_place(directory, name)
        guard file >= 0 else { return .error(-file) }
        if let maker { give(file, to: maker) }
        var status = stat()
        guard fstat(file, &status) == 0 else {
            let failure = FuseAnswer.failure
            close(file)
            return failure
        }
        return .value(told(of: file, status))
    }

    private func told(of file: Int32, _ status: stat) -> fuse_entry_out {
        var entry = fuse_entry_out()
        entry.nodeid = nodes.remember(file, status)
        (entry.entry_valid, entry.attr_valid) = (Self.validity, Self.validity)
        entry.attr = Self.attributes(status)
        return entry
    }

    private func give(_ file: Int32, to maker: fuse_in_header) {
        guard maker.uid != geteuid() || maker.gid != getegid() else { return }
        _ = fuse_give(file, maker.uid, maker.gid)
    }

    private func forget(_ request: FuseRequest) -> FuseAnswer {
        if request.operation == FUSE_FORGET.rawValue {
            if let forget = request.body(fuse_forget_in.self) { nodes.forget(request.node, forget.nlookup) }
            return .none
        }
        let list = request.rest(after: fuse_batch_forget_in.self)
        let size = MemoryLayout<fuse_forget_one>.size
        for place in stride(from: 0, through: list.count - size, by: size) {
            let one = list.loadUnaligned(fromByteOffset: place, as: fuse_forget_one.self)
            nodes.forget(one.nodeid, one.nlookup)
        }
        return .none
    }

    private func make<Body: BitwiseCopyable>(
        _ request: FuseRequest, after type: Body.Type, _ call: (Int32, [CChar], Body) -> Int32
    ) -> FuseAnswer {
        guard let directory = nodes[request.node], let body = request.body(type),
            let name = request.name(after: MemoryLayout<Body>.size)
        else { return .error(EINVAL) }
        guard call(directory, name, body) == 0 else { return .failure }
        return entry(directory, name, madeBy: request.header)
    }

    private func remove(_ request: FuseRequest, _ flags: Int32) -> FuseAnswer {
        guard let directory = nodes[request.node], let name = request.name() else { return .error(EINVAL) }
        return .of(unlinkat(directory, name, flags))
    }

    private func move(_ request: FuseRequest, to number: UInt64, _ flags: UInt32, _ size: Int) -> FuseAnswer {
        let names = request.names(after: size)
        guard let from = nodes[request.node], let to = nodes[number], names.count == 2 else { return .error(EINVAL) }
        let result = fuse_rename(from, names[0], to, names[1], flags)
        return result < 0 ? .error(-result) : .done
    }

    private func readLink(_ number: UInt64) -> FuseAnswer {
        guard let file = nodes[number] else { return .error(EINVAL) }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(file, "", &buffer, buffer.count)
        return count < 0 ? .failure : .bytes(buffer[..<count].map { UInt8(bitPattern: $0) })
    }

    // MARK: - Attributes

    private func attributes(of number: UInt64) -> FuseAnswer {
        guard let file = nodes[number] else { return .error(ENOENT) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return .failure }
        var out = fuse_attr_out()
        out.attr_valid = Self.validity
        out.attr = Self.attributes(status)
        return .value(out)
    }

    private static func attributes(_ status: stat) -> fuse_attr {
        var attributes = fuse_attr()
        attributes.ino = UInt64(status.st_ino)
        attributes.size = UInt64(status.st_size)
        attributes.blocks = UInt64(status.st_blocks)
        (attributes.atime, attributes.atimensec) = (UInt64(status.st_atim.tv_sec), UInt32(status.st_atim.tv_nsec))
        (attributes.mtime, attributes.mtimensec) = (UInt64(status.st_mtim.tv_sec), UInt32(status.st_mtim.tv_nsec))
        (attributes.ctime, attributes.ctimensec) = (UInt64(status.st_ctim.tv_sec), UInt32(status.st_ctim.tv_nsec))
        attributes.mode = status.st_mode
        attributes.nlink = UInt32(status.st_nlink)
        (attributes.uid, attributes.gid) = (status.st_uid, status.st_gid)
        attributes.rdev = UInt32(truncatingIfNeeded: status.st_rdev)
        attributes.blksize = UInt32(status.st_blksize)
        return attributes
    }

    private func change(_ request: FuseRequest) -> FuseAnswer {
        typealias Mask = FuseRequest.Attributes
        guard let wanted = request.body(fuse_setattr_in.self), let file = nodes[request.node],
            let path = nodes.path(request.node)
        else { return .error(EINVAL) }
        let valid = wanted.valid
        if valid & Mask.mode != 0, chmod(path, wanted.mode) < 0 { return .failure }
        if valid & (Mask.user | Mask.group) != 0 {
            let user = valid & Mask.user != 0 ? wanted.uid : uid_t.max
            let group = valid & Mask.group != 0 ? wanted.gid : gid_t.max
            let result = fuse_give(file, user, group)
            if result < 0 { return .error(-result) }
        }
        if valid & Mask.size != 0 {
            let size = off_t(clamping: wanted.size)
            let result =
                valid & Mask.handle != 0
                ? ftruncate(Int32(truncatingIfNeeded: wanted.fh), size) : truncate(path, size)
            if result < 0 { return .failure }
        }
        if valid & (Mask.accessed | Mask.modified) != 0 {
            // UTIME_NOW and UTIME_OMIT.
            func time(_ given: UInt32, _ now: UInt32, _ seconds: UInt64, _ part: UInt32) -> timespec {
                if valid & now != 0 { return timespec(tv_sec: 0, tv_nsec: (1 << 30) - 1) }
                guard valid & given != 0 else { return timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2) }
                return timespec(tv_sec: Int(Int64(bitPattern: seconds)), tv_nsec: Int(part))
            }
            let times = [
                time(Mask.accessed, Mask.accessedNow, wanted.atime, wanted.atimensec),
                time(Mask.modified, Mask.modifiedNow, wanted.mtime, wanted.mtimensec),
            ]
            if utimensat(AT_FDCWD, path, times, 0) < 0 { return .failure }
        }
        return attributes(of: request.node)
    }

    private func room(_ number: UInt64) -> FuseAnswer {
        var figures = statvfs()
        guard let file = nodes[number] else { return .error(EINVAL) }
        guard fstatvfs(file, &figures) == 0 else { return .failure }
        var out = fuse_statfs_out()
        (out.st.blocks, out.st.bfree, out.st.bavail) = (
            UInt64(figures.f_blocks), UInt64(figures.f_bfree), UInt64(figures.f_bavail)
        )
        (out.st.files, out.st.ffree) = (UInt64(figures.f_files), UInt64(figures.f_ffree))
        (out.st.bsize, out.st.frsize) = (UInt32(figures.f_bsize), UInt32(figures.f_frsize))
        out.st.namelen = UInt32(figures.f_namemax)
        return .value(out)
    }

    // MARK: - Files

    private func create(_ request: FuseRequest) -> FuseAnswer {
        guard let directory = nodes[request.node], let wanted = request.body(fuse_create_in.self),
            let name = request.name(after: MemoryLayout<fuse_create_in>.size)
        else { return .error(EINVAL) }
        let flags = fuse_open_flags(wanted.flags) | O_CREAT | O_NOFOLLOW
        let file = openat(directory, name, flags, mode_t(wanted.mode))
        guard file >= 0 else { return .failure }
        guard case .bytes(let entry) = entry(directory, name, madeBy: request.header) else {
            let failure = FuseAnswer.failure
            close(file)
            return failure
        }
        return .bytes(entry + FuseAnswer.raw(Self.opened(file)))
    }

    private func open(_ request: FuseRequest) -> FuseAnswer {
        guard let path = nodes.path(request.node), let wanted = request.body(fuse_open_in.self) else {
            return .error(EINVAL)
        }
        let file = Glibc.open(path, fuse_open_flags(wanted.flags))
        return file < 0 ? .failure : .value(Self.opened(file))
    }

    private static func opened(_ file: Int32) -> fuse_open_out {
        var out = fuse_open_out()
        out.fh = UInt64(file)
        return out
    }

    private func read(_ request: FuseRequest) -> FuseAnswer {
        guard let wanted = request.body(fuse_read_in.self) else { return .error(EINVAL) }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(wanted.size)) { buffer, count in
            let got = pread(
                Int32(truncatingIfNeeded: wanted.fh), buffer.baseAddress, Int(wanted.size), off_t(wanted.offset))
            if got < 0 { failure = errno }
            count = max(got, 0)
        }
        return failure != 0 ? .error(failure) : .bytes(bytes)
    }

    private func write(_ request: FuseRequest) -> FuseAnswer {
        guard let wanted = request.body(fuse_write_in.self) else { return .error(EINVAL) }
        let data = request.rest(after: fuse_write_in.self)
        let file = Int32(truncatingIfNeeded: wanted.fh)
        let count = pwrite(file, data.baseAddress, min(Int(wanted.size), data.count), off_t(wanted.offset))
        guard count >= 0 else { return .failure }
        var out = fuse_write_out()
        out.size = UInt32(count)
        return .value(out)
    }

    private func sync(_ request: FuseRequest) -> FuseAnswer {
        guard let wanted = request.body(fuse_fsync_in.self) else { return .error(EINVAL) }
        let file = Int32(truncatingIfNeeded: wanted.fh)
        return .of(wanted.fsync_flags & 1 != 0 ? fdatasync(file) : fsync(file))
    }

    private func syncDirectory(_ number: UInt64) -> FuseAnswer {
        guard let path = nodes.path(number) else { return .error(EINVAL) }
        let directory = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return .failure }
        defer { close(directory) }
        return .of(fsync(directory))
    }

    private func seek(_ request: FuseRequest) -> FuseAnswer {
        guard let wanted = request.body(fuse_lseek_in.self) else { return .error(EINVAL) }
        let found = fuse_seek(Int32(truncatingIfNeeded: wanted.fh), Int64(wanted.offset), Int32(wanted.whence))
        guard found >= 0 else { return .error(Int32(-found)) }
        var out = fuse_lseek_out()
        out.offset = UInt64(found)
        return .value(out)
    }

    private func allocate(_ request: FuseRequest) -> FuseAnswer {
        guard let wanted = request.body(fuse_fallocate_in.self) else { return .error(EINVAL) }
        let file = Int32(truncatingIfNeeded: wanted.fh)
        let result = fuse_allocate(file, Int32(wanted.mode), Int64(wanted.offset), Int64(wanted.length))
        return result < 0 ? .error(-result) : .done
    }

    // MARK: - Directories

    private func openDirectory(_ number: UInt64) -> FuseAnswer {
        guard let path = nodes.path(number) else { return .error(EINVAL) }
        guard let stream = opendir(path) else { return .failure }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            entries.append(
                Entry(inode: UInt64(entry.pointee.d_ino), type: UInt32(entry.pointee.d_type), name: name))
        }
        var out = fuse_open_out()
        out.fh = nextListing
        listings[nextListing] = entries
        nextListing += 1
        return .value(out)
    }

    /// As many entries as fit; an entry's offset is the number of the one after it.
    private func readDirectory(_ request: FuseRequest) -> FuseAnswer {
        guard let wanted = request.body(fuse_read_in.self), let entries = listings[wanted.fh] else {
            return .error(EINVAL)
        }
        var bytes: [UInt8] = []
        for (index, entry) in entries.enumerated().dropFirst(Int(clamping: wanted.offset)) {
            var head = fuse_dirent()
            (head.ino, head.off, head.type) = (entry.inode, UInt64(index + 1), entry.type)
            head.namelen = UInt32(entry.name.count)
            // The structure ends with the name, which a header of 24 bytes stands before.
            var record = withUnsafeBytes(of: head) { Array($0.prefix(24)) } + entry.name
            record += [UInt8](repeating: 0, count: (8 - record.count % 8) % 8)
            guard bytes.count + record.count <= Int(wanted.size) else { break }
            bytes += record
        }
        return .bytes(bytes)
    }
}
