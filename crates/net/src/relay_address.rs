//! Where a relay is: `relay://KEY@HOST:PORT`, as its operator gives it out.
//!
//! KEY is the relay's public key as 64 hexadecimal digits: whoever answers there without its secret is turned away by the handshake. HOST
//! is a name, an IPv4 address, or an IPv6 address in brackets; PORT is the UDP port of the mailbox. `?web=https://HOST:PORT` names the
//! relay's other side, through which devices behind a NAT find each other; `http` is for a relay on the same machine. `?code=CODE`,
//! or `&code=CODE` behind the other, is what the operator admits the project by.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use enginus_model::DeviceId;

use crate::mailbox::MAX_CODE_BYTES;

/// What every address begins with.
const SCHEME: &str = "relay://";
const WEB: &str = "web=";
const CODE: &str = "code=";
/// Characters of an address.
const MAX_BYTES: usize = 1024;
/// Characters of a host's name (RFC 1035, 2.3.4).
const MAX_HOST_BYTES: usize = 253;
const KEY_BYTES: usize = 32;

/// Where a relay is.
///
/// ```
/// let text = format!("relay://{}@relay.example.org:4430", "ab".repeat(32));
/// let address: enginus_net::RelayAddress = text.parse()?;
/// assert_eq!((address.host.as_str(), address.port), ("relay.example.org", 4430));
/// assert_eq!(address.to_string(), text);
/// # Ok::<(), enginus_net::RelayAddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayAddress {
    /// Its public key.
    pub device: DeviceId,
    /// A name or an IP address, without brackets.
    pub host: String,
    /// The UDP port of its mailbox.
    pub port: u16,
    /// Its HTTP side, where it is named: `https://HOST:PORT`.
    pub web: Option<String>,
    /// What its operator admits a new project by: letters, digits, `-` and `_`.
    pub code: Option<String>,
}

/// Why a text is no relay's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelayAddressError {
    /// It does not begin as one.
    #[error("a relay's address begins with \"relay://\"")]
    Scheme,
    /// It is longer than any.
    #[error("a relay's address has at most {MAX_BYTES} characters")]
    TooLong,
    /// The key is missing or no key.
    #[error("a relay's address names its key: 64 hexadecimal digits before the \"@\"")]
    Key,
    /// The host is missing or no host.
    #[error("a relay's address names its host after the \"@\": a name or an IP address")]
    Host,
    /// The port is missing or no port.
    #[error("a relay's address names its port after the host, from 1 to 65535")]
    Port,
    /// What follows the port is not understood.
    #[error("after the port a relay's address has nothing, or \"?web=https://HOST:PORT\"")]
    Web,
    /// The code is none.
    #[error("a relay's code has letters, digits, \"-\" and \"_\", {MAX_CODE_BYTES} at most")]
    Code,
}

impl FromStr for RelayAddress {
    type Err = RelayAddressError;

    fn from_str(text: &str) -> Result<Self, RelayAddressError> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return Err(RelayAddressError::TooLong);
        }
        let rest = text.strip_prefix(SCHEME).ok_or(RelayAddressError::Scheme)?;
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (key, place) = rest.split_once('@').ok_or(RelayAddressError::Key)?;
        let device = read_key(key).ok_or(RelayAddressError::Key)?;
        let (host, port) = place.trim_end_matches('/').rsplit_once(':').ok_or(RelayAddressError::Port)?;
        let host = read_host(host).ok_or(RelayAddressError::Host)?;
        let port = port.parse().ok().filter(|port| *port > 0).ok_or(RelayAddressError::Port)?;
        let (web, code) = read_query(query, &host)?;
        Ok(Self { device, host, port, web, code })
    }
}

impl RelayAddress {
    /// Its host and port, as people write them.
    #[must_use]
    pub fn place(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}")?;
        self.device.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "@{}", self.place())?;
        self.web.as_ref().map_or(Ok(()), |web| write!(f, "?{WEB}{web}"))?;
        let sign = if self.web.is_some() { '&' } else { '?' };
        self.code.as_ref().map_or(Ok(()), |code| write!(f, "{sign}{CODE}{code}"))
    }
}

fn read_key(text: &str) -> Option<DeviceId> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|value| value as u8)).collect();
    let digits = digits.filter(|digits| digits.len() == 2 * KEY_BYTES)?;
    Some(DeviceId(std::array::from_fn(|at| digits[2 * at] << 4 | digits[2 * at + 1])))
}

fn read_host(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().ok().map(|address| address.to_string());
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let good = !text.is_empty() && text.len() <= MAX_HOST_BYTES && text.chars().all(is_name);
    good.then(|| text.to_ascii_lowercase())
}

/// What follows the port: the HTTP side, then the code, or one of them.
fn read_query(query: Option<&str>, host: &str) -> Result<(Option<String>, Option<String>), RelayAddressError> {
    let Some(query) = query else { return Ok((None, None)) };
    let (web, code) = match query.split_once('&') {
        Some((web, code)) => (Some(web), Some(code)),
        None if query.starts_with(CODE) => (None, Some(query)),
        None => (Some(query), None),
    };
    let web = web.map(|web| read_web(web, host).ok_or(RelayAddressError::Web)).transpose()?;
    let code = code.map(|code| read_code(code).ok_or(RelayAddressError::Code)).transpose()?;
    Ok((web, code))
}

fn read_code(text: &str) -> Option<String> {
    let code = text.strip_prefix(CODE)?;
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    ((1..=MAX_CODE_BYTES).contains(&code.len()) && code.chars().all(good)).then(|| code.to_owned())
}

/// The HTTP side. In clear it may be on the same machine only.
fn read_web(query: &str, host: &str) -> Option<String> {
    let web = query.strip_prefix(WEB)?.trim_end_matches('/');
    let place = match (web.strip_prefix("https://"), web.strip_prefix("http://")) {
        (Some(place), _) => place,
        (None, Some(place)) if is_loopback(host) => place,
        _ => return None,
    };
    let (name, port) = match place.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (place, None),
    };
    read_host(name)?;
    port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0)).then(|| web.to_owned())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> String {
        "0f".repeat(32)
    }

    #[test]
    fn addresses_are_read_and_written() {
        for (text, host, web) in [
            (format!("relay://{}@relay.example.org:4430", key()), "relay.example.org", None),
            (format!("relay://{}@[::1]:7", key()), "::1", None),
            (
                format!("relay://{}@10.0.0.1:4430?web=https://relay.example.org:443", key()),
                "10.0.0.1",
                Some("https://relay.example.org:443"),
            ),
            (format!("relay://{}@127.0.0.1:1?web=http://127.0.0.1:2", key()), "127.0.0.1", Some("http://127.0.0.1:2")),
        ] {
            let address: RelayAddress = text.parse().unwrap();
            assert_eq!((address.host.as_str(), address.web.as_deref()), (host, web));
            assert_eq!((address.to_string(), address.code), (text, None));
        }
        for query in ["?code=Let-me_in7", "?web=https://relay.example.org:443&code=Let-me_in7"] {
            let text = format!("relay://{}@relay.example.org:4430{query}", key());
            let address: RelayAddress = text.parse().unwrap();
            assert_eq!((address.code.as_deref(), address.to_string()), (Some("Let-me_in7"), text.clone()));
            assert_eq!(address.web.is_some(), text.contains("web"));
        }
    }

    #[test]
    fn what_is_no_address_says_what_is_missing() {
        use RelayAddressError::{Code, Host, Key, Port, Scheme, TooLong, Web};
        let key = key();
        for (text, why) in [
            ("https://relay.example.org".to_owned(), Scheme),
            ("relay://relay.example.org:4430".to_owned(), Key),
            (format!("relay://{}@host:1", &key[2..]), Key),
            (format!("relay://{}@host:1", key.replace('f', "g")), Key),
            (format!("relay://{key}@host"), Port),
            (format!("relay://{key}@host:0"), Port),
            (format!("relay://{key}@host:70000"), Port),
            (format!("relay://{key}@:1"), Host),
            (format!("relay://{key}@a b:1"), Host),
            (format!("relay://{key}@[::1:1"), Host),
            (format!("relay://{key}@host:1?web=http://host:2"), Web),
            (format!("relay://{key}@host:1?web=ftp://host"), Web),
            (format!("relay://{key}@host:1?cod=1"), Web),
            (format!("relay://{key}@host:1?code="), Code),
            (format!("relay://{key}@host:1?code=a b"), Code),
            (format!("relay://{key}@host:1?code={}", "c".repeat(300)), Code),
            (format!("relay://{key}@host:1?web=https://host&kode=1"), Code),
            (format!("relay://{key}@{}:1", "h".repeat(2000)), TooLong),
        ] {
            assert_eq!(text.parse::<RelayAddress>(), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_the_same(text in "relay://[0-9a-f]{64}@[a-z0-9.-]{1,30}:[1-9][0-9]{0,4}(\\?web=https://[a-z.]{1,20}(:[1-9][0-9]{0,3})?)?(&code=[A-Za-z0-9_-]{1,9})?") {
            if let Ok(address) = text.parse::<RelayAddress>() {
                prop_assert_eq!(address.to_string().parse(), Ok(address));
            }
        }

        #[test]
        fn nothing_that_is_typed_ends_the_program(text in ".{0,200}") {
            let _ = text.parse::<RelayAddress>();
            let _ = format!("relay://{}@{text}", key()).parse::<RelayAddress>();
        }
    }
}
