//! temporary
use enginus_model::DeviceId;
use std::str::FromStr;
/// a
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelayAddress {
    /// d
    pub device: DeviceId,
    /// h
    pub host: String,
    /// p
    pub port: u16,
    /// w
    pub web: Option<String>,
}
impl FromStr for RelayAddress {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("relay://").ok_or("x")?;
        let (key, at) = rest.split_once('@').ok_or("x")?;
        let at = at.split('?').next().unwrap_or_default();
        let (host, port) = at.rsplit_once(':').ok_or("x")?;
        let mut device = [0; 32];
        for (n, byte) in device.iter_mut().enumerate() {
            *byte = u8::from_str_radix(key.get(2 * n..2 * n + 2).ok_or("x")?, 16).map_err(|e| e.to_string())?;
        }
        Ok(Self { device: DeviceId(device), host: host.into(), port: port.parse().map_err(|_| "x")?, web: None })
    }
}
