//! The addresses at which a device that listens can be reached.

use std::net::{IpAddr, SocketAddr};

/// Addresses a ticket names at most.
const ADDRESSES_MAX: usize = 16;

/// Where a device that binds `bind` and `port` can be reached: that address, or, where it is unspecified, every interface's; loopback
/// last, since it helps only on this machine. Link-local IPv6 addresses are left out: they mean nothing without their interface.
#[must_use]
pub fn expected_addresses(bind: IpAddr, port: u16) -> Vec<SocketAddr> {
    if !bind.is_unspecified() {
        return vec![SocketAddr::new(bind, port)];
    }
    let mut addresses: Vec<IpAddr> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .map(|interface| interface.ip())
        .filter(|ip| match ip {
            IpAddr::V4(ip) => !ip.is_link_local(),
            IpAddr::V6(ip) => !ip.is_unicast_link_local() && bind.is_ipv6(),
        })
        .collect();
    addresses.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6(), *ip));
    addresses.dedup();
    addresses.truncate(ADDRESSES_MAX);
    addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_bound_address_is_the_only_one() {
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!(expected_addresses(ip, 7), vec![SocketAddr::new(ip, 7)]);
    }

    #[test]
    fn loopback_comes_last() {
        let found = expected_addresses(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 7);
        let first_loopback = found.iter().position(|address| address.ip().is_loopback());
        assert!(first_loopback.is_none_or(|at| found[at..].iter().all(|address| address.ip().is_loopback())));
        assert!(found.len() <= ADDRESSES_MAX);
    }
}
