import CLinuxShims
import Glibc

/// A file system filled by a worker that holds one file without a name.
final class FileSystemFill: HostMechanism {
    let name = DiskFill.mechanism
    private let directory: String
    private let goal: FillGoal
    private let host: HostContext
    private var worker: PairedWorker?
    private var before: FileSystemFigures?
    private var isReached = false

    init(directory: String, goal: FillGoal, host: HostContext) {
        self.host = host
        self.directory = directory
        self.goal = goal
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        before = try .read(directory)
        var status = stat()
        try SystemCall.call(stat(directory, &status), "looking at \(directory)")
        let file = try FillFile.open(in: directory) { (path) throws(HostError) in
            try undo.record(.file(path: path, device: UInt64(status.st_dev), inode: 0))
        }
        defer { close(file) }
        let worker = try PairedWorker.start(["fill"] + goal.words, file: file)
        self.worker = worker
        try undo.record(.worker(worker.worker.identity))
        undo.reach(.midInjection)
        try worker.go()
        // Most file systems give blocks within milliseconds; a slow one fills on, and the journal is told when it is full.
        hear(worker.hear(within: host.patience))
    }

    private func hear(_ lines: [String]) {
        if !lines.isEmpty { isReached = true }
    }

    func readBack() throws(HostError) -> Evidence {
        guard let worker, worker.isAlive else {
            return Evidence("the worker that held the blocks of \(directory) has ended", isEffective: false)
        }
        hear(worker.hear())
        let figures = try FileSystemFigures.read(directory)
        var text =
            "\(directory): \(figures.usedText) used, \(ByteText.of(figures.available)) available"
            + (before.map { " (before: \($0.usedText), \(ByteText.of($0.available)))" } ?? "")
        if figures.reserved > 0 { text += ", \(ByteText.of(figures.reserved)) kept for root besides" }
        var isEffective = goal.isReached(figures)
        if !isEffective { text += isReached ? ", no more to be had" : ", still filling" }
        if isEffective, goal.available(of: figures) == 0 {
            let refusal = try refusedWrite()
            text += refusal.map { "; a write was refused: \($0)" } ?? "; a write was still accepted"
            isEffective = refusal != nil
        }
        return Evidence(text, targets: [directory], isEffective: isEffective)
    }

    /// What a write of 64 KiB outside our file was refused with, nil if it was not. By a program without root's reserve.
    private func refusedWrite() throws(HostError) -> String? {
        let descriptor = host_open_unnamed(directory)
        if descriptor == -ENOSPC || descriptor == -EDQUOT { return SystemCall.reason(-descriptor) }
        // Without such files the figures alone must do.
        guard descriptor >= 0 else { return "(not tried: \(SystemCall.reason(-descriptor)))" }
        defer { close(descriptor) }
        let bytes = [UInt8](repeating: 0x67, count: 65_536)
        let written = host_write_unprivileged(descriptor, bytes, UInt64(bytes.count))
        if written == Int64(bytes.count) {
            // Some file systems find room only when the blocks are to be written.
            return fdatasync(descriptor) < 0 && errno == ENOSPC ? SystemCall.reason(ENOSPC) : nil
        }
        return SystemCall.reason(written < 0 ? Int32(-written) : ENOSPC)
    }

    func revert() throws(HostError) {
        worker?.end()
        worker = nil
    }

    func residue() throws(HostError) -> [String] {
        guard let before else { return [] }
        // Blocks may come back a moment after their last descriptor is closed. Others write too, so that only a file
        // system that is still as full as we made it is called ours.
        let took = before.available - goal.available(of: before)
        for _ in 0..<50 {
            if try FileSystemFigures.read(directory).available > before.available - took / 2 { return [] }
            usleep(2_000)
        }
        let now = try FileSystemFigures.read(directory)
        // The worker is gone and its file had no name: the blocks are somebody else's.
        guard now.available == 0 else { return [] }
        return ["\(directory) is still full (\(now.usedText)); its blocks are not back"]
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        worker?.watch(on: loop) { [weak self] line in
            guard let self else { return }
            guard let line else { return report(.ended("the worker that held the blocks of \(directory) ended")) }
            hear([line])
            let figures = try? FileSystemFigures.read(directory)
            report(.noted("\(directory): \(line)" + (figures.map { ", \($0.usedText) used" } ?? "")))
        }
    }
}
