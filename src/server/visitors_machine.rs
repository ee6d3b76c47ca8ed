//! Whether a request comes from the visitor's own machine, and which one that is.
//!
//! A shop's server sends calls for its visitors: its address and its user agent say nothing about them. Browsers name the
//! page that asks in `Origin`, servers do not.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::ingest::{Network, Sender};

/// What is known of the machine that sent a request.
pub(super) fn sender<'a>(request: &'a HttpRequest, proxies: &[Network]) -> Sender<'a> {
    if !request.headers().contains_key(header::ORIGIN) {
        return Sender::default();
    }
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Sender { ip: address(request, proxies), agent }
}

/// The address that a request came from. Behind a proxy that the operator trusts it is the last one in
/// `X-Forwarded-For` that no such proxy has: whatever stands before it, anybody may have written.
fn address(request: &HttpRequest, proxies: &[Network]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let is_proxy = |ip: &IpAddr| proxies.iter().any(|network| network.contains(ip));
    if !is_proxy(&peer) {
        return Some(peer);
    }
    let forwarded = request.headers().get_all(header::HeaderName::from_static("x-forwarded-for"));
    let mut nearest = peer;
    let hops: Vec<&str> =
        forwarded.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
    for hop in hops.into_iter().rev() {
        let Ok(ip) = hop.trim().parse::<IpAddr>() else { break };
        nearest = ip.to_canonical();
        if !is_proxy(&nearest) {
            break;
        }
    }
    Some(nearest)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_last_address_that_is_no_trusted_proxy_counts() {
        let proxies: Vec<Network> = vec!["10.0.0.0/8".parse().unwrap()];
        for (peer, forwarded, expected) in [
            ("192.0.2.1:5", "198.51.100.1", "192.0.2.1"),
            ("10.0.0.1:5", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1:5", "1.2.3.4, 198.51.100.1, 10.0.0.9", "198.51.100.1"),
            ("10.0.0.1:5", "198.51.100.1, nonsense", "10.0.0.1"),
            ("10.0.0.1:5", "", "10.0.0.1"),
        ] {
            let request = TestRequest::default()
                .peer_addr(peer.parse().unwrap())
                .insert_header(("x-forwarded-for", forwarded))
                .insert_header(("origin", "https://shop.example"))
                .insert_header(("user-agent", "Mozilla/5.0"))
                .to_http_request();
            let sender = sender(&request, &proxies);
            assert_eq!(sender.ip, expected.parse().ok(), "{peer} {forwarded}");
            assert_eq!(sender.agent, Some("Mozilla/5.0"));
        }
    }

    #[test]
    fn a_server_is_nobodys_machine() {
        let request = TestRequest::default().peer_addr("192.0.2.1:5".parse().unwrap()).to_http_request();
        assert_eq!(sender(&request, &[]).ip, None);
    }
}
