internal import CNATS

/// A stream as it should be; always on file storage, without limits of its own.
public struct StreamConfiguration: Hashable, Sendable {
    /// Another stream whose messages are copied here.
    public struct Source: Hashable, Sendable {
        public var stream: String
        /// The JetStream domain it is in; nil: in the same.
        public var domain: String?

        public init(stream: String, domain: String? = nil) {
            self.stream = stream
            self.domain = domain
        }

        /// Where that domain's API is.
        var apiPrefix: String? { domain.map { "$JS.\($0).API" } }
    }

    public var name: String
    /// What it takes; none for a stream that only copies.
    public var subjects: [String]
    public var replicas: Int
    /// Nanoseconds in which a message id is stored once.
    public var duplicateWindow: Int64
    public var sources: [Source]

    public init(
        name: String, subjects: [String], replicas: Int = 1, duplicateWindow: Int64 = 120_000_000_000,
        sources: [Source] = []
    ) {
        self.name = name
        self.subjects = subjects
        self.replicas = replicas
        self.duplicateWindow = duplicateWindow
        self.sources = sources
    }

    /// Calls `body` with the C form, which is valid during the call only.
    func withC<R>(_ body: (UnsafeMutablePointer<jsStreamConfig>) -> R) -> R {
        let text = CText()
        var config = jsStreamConfig()
        jsStreamConfig_Init(&config)
        config.Name = text(name)
        config.Subjects = text.array(subjects)
        config.SubjectsLen = Int32(subjects.count)
        config.Storage = js_FileStorage
        config.Replicas = Int64(replicas)
        config.Duplicates = duplicateWindow
        config.AllowDirect = true
        let externals = UnsafeMutablePointer<jsExternalStream>.allocate(capacity: max(1, sources.count))
        let records = UnsafeMutablePointer<jsStreamSource>.allocate(capacity: max(1, sources.count))
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<jsStreamSource>?>.allocate(
            capacity: max(1, sources.count))
        defer {
            externals.deallocate()
            records.deallocate()
            pointers.deallocate()
        }
        for (index, source) in sources.enumerated() {
            (externals + index).initialize(to: jsExternalStream())
            jsExternalStream_Init(externals + index)
            (records + index).initialize(to: jsStreamSource())
            jsStreamSource_Init(records + index)
            records[index].Name = text(source.stream)
            if let prefix = source.apiPrefix {
                externals[index].APIPrefix = text(prefix)
                // The library takes the length of both.
                externals[index].DeliverPrefix = text("")
                records[index].External = externals + index
            }
            (pointers + index).initialize(to: records + index)
        }
        if !sources.isEmpty {
            config.Sources = pointers
            config.SourcesLen = Int32(sources.count)
        }
        return withExtendedLifetime(text) { body(&config) }
    }
}

/// A stream as its leader sees it.
public struct StreamInfo: Hashable, Sendable {
    public var name: String
    public var subjects: [String]
    public var messages: UInt64
    public var firstSequence: UInt64
    public var lastSequence: UInt64
    public var replicas: Int
    /// Server name; nil while there is none, or where there is no cluster.
    public var leader: String?
    /// Nil where there is none.
    public var cluster: String?
    /// Servers other than the leader that hold it and are up to date.
    public var currentFollowers: [String]

    init(_ raw: UnsafeMutablePointer<jsStreamInfo>) {
        let info = raw.pointee
        let config = info.Config?.pointee
        name = config?.Name.map { String(cString: $0) } ?? ""
        subjects = (0..<Int(config?.SubjectsLen ?? 0)).compactMap { index in
            (config?.Subjects[index]).map { String(cString: $0) }
        }
        messages = info.State.Msgs
        firstSequence = info.State.FirstSeq
        lastSequence = info.State.LastSeq
        replicas = Int(config?.Replicas ?? 1)
        let group = info.Cluster?.pointee
        leader = group?.Leader.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        cluster = group?.Name.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        currentFollowers = (0..<Int(group?.ReplicasLen ?? 0)).compactMap { index in
            guard let peer = group?.Replicas[index]?.pointee, peer.Current, !peer.Offline else { return nil }
            return peer.Name.map { String(cString: $0) }
        }
    }
}
