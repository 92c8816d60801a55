import ChaosPlan
import FoundationEssentials
import Glibc

/// What this host can do to itself, what is missing and how to get it, and what is owed here.
public enum Doctor {
    public struct Report: Hashable, Codable, Sendable {
        public struct Fault: Hashable, Codable, Sendable {
            public var kind: String
            /// Best first.
            public var mechanisms: [Capability]
        }

        public var host: String
        public var kernel: String
        public var isRoot: Bool
        /// What the contract of safety rests on: pidfd, cookies of namespaces, room for the undo log.
        public var foundations: [Capability]
        public var faults: [Fault]
        /// Records on disk whose executor is gone.
        public var debts: [String]
        /// Sessions that hold the host now.
        public var live: [String]
    }

    /// Changes nothing.
    public static func examine(_ directories: StateDirectories) -> Report {
        let (records, unreadable) = UndoLog.records(in: directories, session: nil)
        let (host, kernel) = HostFacts.names
        return Report(
            host: host, kernel: kernel, isRoot: geteuid() == 0, foundations: foundations(directories),
            faults: FaultKind.allCases.map {
                .init(kind: $0.rawValue, mechanisms: FaultCatalogue.capabilities(of: $0))
            },
            debts: records.filter { !$0.header.executor.isAlive }.map {
                "\($0.header.run): \($0.header.kind) (\($0.path))"
            }
                + unreadable,
            live: Set(records.filter(\.header.executor.isAlive).map(\.header.run)).sorted())
    }

    private static func foundations(_ directories: StateDirectories) -> [Capability] {
        var list: [Capability] = []
        let own = ProcessIdentity.current.open()
        if let own { close(own) }
        list.append(
            own != nil
                ? Capability("pidfd")
                : Capability("pidfd", missing: "no pidfd_open", remedy: "a kernel of 5.3 or later"))
        list.append(
            NetNamespace.current.cookie != 0
                ? Capability("namespace cookies")
                : Capability(
                    "namespace cookies", missing: "no SO_NETNS_COOKIE; inodes serve",
                    remedy: "a kernel of 5.14 or later"))
        for (name, path) in [("undo log", directories.volatile), ("durable undo log", directories.durable)] {
            let place = nearest(path)
            list.append(
                access(place, W_OK) == 0
                    ? Capability("\(name) \(path)")
                    : Capability(
                        "\(name) \(path)", missing: "\(place) cannot be written",
                        remedy: "run as root, or name another directory"))
        }
        return list
    }

    /// The path itself, or what of it is there already.
    private static func nearest(_ path: String) -> String {
        var path = path
        while !SmallFile.exists(path), let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            path = String(path[..<slash])
        }
        return SmallFile.exists(path) ? path : "/"
    }
}

extension Doctor.Report {
    /// For people: one line per mechanism.
    public var text: String {
        var lines = [
            "\(host), Linux \(kernel)\(isRoot ? "" : ", not root: most faults need root or a namespace of your own")",
            "",
        ]
        lines += table([("safety", foundations)]) + [""]
        lines += table(faults.map { ($0.kind, $0.mechanisms) })
        lines.append("")
        lines += live.map { "live: run \($0)" }
        lines += debts.isEmpty ? ["No debts."] : debts.map { "DEBT: \($0)" } + ["Pay them: gauntlet recover"]
        return lines.joined(separator: "\n")
    }

    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a report that cannot be encoded") }
        return String(decoding: data, as: UTF8.self)
    }

    private func table(_ rows: [(String, [Capability])]) -> [String] {
        let width = (rows.map(\.0.count).max() ?? 0) + 2
        return rows.flatMap { kind, mechanisms in
            mechanisms.enumerated().map { index, capability in
                let name = index == 0 ? kind : ""
                let padded = name + String(repeating: " ", count: width - name.count)
                guard let missing = capability.missing else { return "\(padded)yes  \(capability.mechanism)" }
                let remedy = capability.remedy.isEmpty ? "" : "; \(capability.remedy)"
                return "\(padded)no   \(capability.mechanism): \(missing)\(remedy)"
            }
        }
    }
}
