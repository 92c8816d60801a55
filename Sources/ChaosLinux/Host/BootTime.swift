import CLinuxShims

/// Nanoseconds since boot, suspended time included (CLOCK_BOOTTIME): the clock of leases. A clock fault cannot move it.
public enum BootTime {
    public static var now: Int64 { host_boottime() }
}
