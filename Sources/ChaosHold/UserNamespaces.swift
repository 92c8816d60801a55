import ChaosLinux
import Glibc

/// What to do where this system does not let its users have namespaces of their own.
enum UserNamespaces {
    static func failure(_ error: Int32, _ what: String) -> HostError {
        HostError(.privilege, "\(what): \(SystemCall.reason(error))", hint: remedy(error, user: geteuid()))
    }

    /// For who has the number `user` outside.
    static func remedy(_ error: Int32, user: UInt32) -> String {
        if setting("kernel/unprivileged_userns_clone") == "0", user != 0 {
            return "sysctl kernel.unprivileged_userns_clone=1, or run as root"
        }
        if setting("kernel/apparmor_restrict_unprivileged_userns") == "1", user != 0 {
            return "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or run as root"
        }
        if error == ENOSPC || setting("user/max_user_namespaces") == "0" {
            return "raise the limits user.max_*_namespaces with sysctl"
        }
        if error == EINVAL || error == ENOSYS { return "a kernel with user, pid and network namespaces" }
        return "in a container, one that may make namespaces (for Docker --security-opt seccomp=unconfined)"
    }

    private static func setting(_ name: String) -> String? {
        (try? SmallFile.read("/proc/sys/\(name)"))?.split(whereSeparator: \.isWhitespace).first.map { String($0) }
    }
}
