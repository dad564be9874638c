//! Where the other sides of a project may be found, and connecting to them there.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use enginus_model::DeviceId;
use enginus_net::{ConnectError, Peer, RelayAddress};

use super::Network;

/// How long one attempt to reach a side may take.
const DIAL: Duration = Duration::from_secs(4);

/// Where the other side may be found.
#[derive(Clone)]
pub(super) enum Place {
    /// A device, at one of these addresses, through one of these relays, or by mDNS.
    Device { addresses: Vec<SocketAddr>, through: Vec<String> },
    /// A relay.
    Relay(RelayAddress),
}

impl Place {
    /// Whether it was there once, or is said to be there: whoever exchanges with everybody waits for it.
    pub(super) fn has_address(&self) -> bool {
        match self {
            Self::Device { addresses, .. } => !addresses.is_empty(),
            Self::Relay(_) => true,
        }
    }

    /// Whether it is worth looking for.
    pub(super) fn may_be_found(&self) -> bool {
        self.has_address() || matches!(self, Self::Device { through, .. } if !through.is_empty())
    }
}

impl Network {
    /// Connects to where a side may be found.
    pub(super) async fn connect(&self, device: DeviceId, place: &Place) -> Result<Peer, String> {
        let text = |error: ConnectError| error.to_string();
        match place {
            Place::Device { addresses, through } => {
                self.dialler.connect_through(device, (addresses, through), DIAL).await.map_err(text)
            }
            Place::Relay(address) => {
                let found = tokio::time::timeout(DIAL, tokio::net::lookup_host((address.host.as_str(), address.port)));
                let found = found.await.map_err(|_| format!("the name {} was not found in time", address.host))?;
                let addresses: Vec<SocketAddr> =
                    found.map_err(|error| format!("the name {} was not found: {error}", address.host))?.collect();
                self.dialler.connect_to_mailbox(device, &addresses, DIAL).await.map_err(text)
            }
        }
    }

    /// Lets this device be found through the relays among these places, and through no others.
    pub(super) async fn be_found(self: &Arc<Self>, places: impl Iterator<Item = &Place>) {
        let webs = places.filter_map(|place| match place {
            Place::Relay(address) => address.web.clone(),
            Place::Device { .. } => None,
        });
        let webs: BTreeSet<String> = webs.collect();
        self.dialler.be_found_through(&webs).await;
    }
}
