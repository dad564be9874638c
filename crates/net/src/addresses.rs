//! The addresses at which a device that listens can be reached.

use std::net::{IpAddr, SocketAddr};

/// Addresses named at most: a ticket stays short, and dialling does not spray.
pub const MAX_ADDRESSES: usize = 16;

/// Where a device that binds `bind` and `port` can be reached once it listens: that address, or, where it is unspecified, every
/// interface's; loopback last, since it helps only on this machine.
#[must_use]
pub fn expected_addresses(bind: IpAddr, port: u16) -> Vec<SocketAddr> {
    reachable(bind, Some(port), Some(port))
}

/// The same with the port of each address family, where the device listens on it.
pub(crate) fn reachable(bind: IpAddr, port_v4: Option<u16>, port_v6: Option<u16>) -> Vec<SocketAddr> {
    let port = |ip: &IpAddr| if ip.is_ipv4() { port_v4 } else { port_v6 };
    if !bind.is_unspecified() {
        return port(&bind).map(|port| SocketAddr::new(bind, port)).into_iter().collect();
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!("this machine's addresses cannot be listed ({error}); tickets made now name none");
        Vec::new()
    });
    let ips = ordered(interfaces.into_iter().map(|interface| interface.ip()).collect());
    ips.into_iter().filter_map(|ip| port(&ip).map(|port| SocketAddr::new(ip, port))).collect()
}

/// IPv4 before IPv6, which fewer local networks carry; one loopback address, last. Link-local IPv6 addresses are left out, since
/// they mean nothing without the interface of the one who reads them.
fn ordered(mut ips: Vec<IpAddr>) -> Vec<IpAddr> {
    ips.retain(|ip| match ip {
        IpAddr::V4(ip) => !ip.is_link_local(),
        IpAddr::V6(ip) => !ip.is_unicast_link_local(),
    });
    ips.sort_by_key(|ip| (ip.is_ipv6(), *ip));
    ips.dedup();
    let loopback = ips.iter().find(|ip| ip.is_loopback()).copied();
    ips.retain(|ip| !ip.is_loopback());
    ips.truncate(MAX_ADDRESSES - usize::from(loopback.is_some()));
    ips.extend(loopback);
    ips
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_bound_address_is_the_only_one() {
        assert_eq!(expected_addresses(LOOPBACK, 7), vec![SocketAddr::new(LOOPBACK, 7)]);
    }

    #[test]
    fn loopback_comes_last_and_once() {
        let found = ordered(vec![ip("::1"), LOOPBACK, ip("fd00::1"), ip("192.168.1.4"), ip("10.0.0.9")]);
        assert_eq!(found, vec![ip("10.0.0.9"), ip("192.168.1.4"), ip("fd00::1"), LOOPBACK]);
    }

    #[test]
    fn what_means_nothing_to_others_is_left_out() {
        assert_eq!(
            ordered(vec![ip("fe80::1"), ip("169.254.3.3"), ip("10.0.0.9"), ip("10.0.0.9")]),
            vec![ip("10.0.0.9")]
        );
    }

    #[test]
    fn many_interfaces_leave_room_for_loopback() {
        let mut ips: Vec<IpAddr> = (0..100).map(|n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n))).collect();
        ips.push(LOOPBACK);
        let found = ordered(ips);
        assert_eq!(found.len(), MAX_ADDRESSES);
        assert_eq!(found.last(), Some(&LOOPBACK));
    }

    #[test]
    fn a_family_that_is_not_listened_on_is_not_named() {
        let found = reachable(IpAddr::V6(Ipv6Addr::UNSPECIFIED), Some(7), None);
        assert!(found.iter().all(SocketAddr::is_ipv4), "{found:?}");
        assert!(reachable(LOOPBACK, None, Some(7)).is_empty());
    }
}
