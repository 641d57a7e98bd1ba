//! The address guard: what is reached on somebody else's word (a redirect, a link, a hub) must be public.

use std::net::IpAddr;

/// Whether an address belongs to the public internet; IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged as IPv4.
pub fn is_public(address: IpAddr) -> bool {
    let _ = address;
    todo!()
}
