// libnl-3 and libnl-route-3 as Swift sees them. No _GNU_SOURCE and no <linux/netfilter.h> here: both bring in types that
// clash with Glibc's. Nor <poll.h>, which libnl includes without need: else `pollfd` is now Glibc's and now this module's,
// by the order in which a build loads them.
#define _SYS_POLL_H 1
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/class.h>
#include <netlink/route/classifier.h>
#include <netlink/route/cls/u32.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/htb.h>
#include <netlink/route/qdisc/netem.h>
#include <netlink/route/qdisc/tbf.h>
#include <netlink/route/tc.h>
#include <netlink/socket.h>
