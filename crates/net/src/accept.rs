//! Letting other devices in.

use std::sync::Arc;

use iroh::Endpoint;
use iroh::endpoint::{Connection, Incoming, VarInt};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use crate::door::{Bounds, TurnedAway};
use crate::guests::Guests;
use crate::limits::HANDSHAKE;
use crate::pairing::Doorway;
use crate::{PAIRING_ALPN, Peer};

/// The code of a connection that is turned away.
const TURNED_AWAY: VarInt = VarInt::from_u32(2);

/// Accepts until the endpoint is closed or nobody takes what is accepted.
pub(crate) async fn run(
    endpoint: Endpoint,
    accepted: mpsc::Sender<Peer>,
    doorway: Doorway,
    (bounds, turned_away): (Bounds, TurnedAway),
) {
    let handshakes = Arc::new(Semaphore::new(bounds.handshakes));
    let guests = Arc::new(Guests::new(bounds));
    while let Some(incoming) = endpoint.accept().await {
        if handshakes.available_permits() <= bounds.handshakes / 2 && !incoming.remote_addr_validated() {
            // Many at once: whoever only pretends to be where they say they are takes no place.
            let _ = incoming.retry();
            continue;
        }
        let Ok(permit) = handshakes.clone().try_acquire_owned() else {
            turned_away.count_handshake();
            incoming.refuse();
            continue;
        };
        let (accepted, guests, own) = (accepted.clone(), guests.clone(), endpoint.id());
        let (doorway, turned_away) = (doorway.clone(), turned_away.clone());
        tokio::spawn(async move {
            let connection = match timeout(HANDSHAKE, handshake(incoming)).await {
                Ok(Ok(connection)) => connection,
                Ok(Err(error)) => {
                    turned_away.count_unproved();
                    return tracing::debug!("a caller did not complete the handshake: {error}");
                }
                Err(_) => {
                    turned_away.count_unproved();
                    return tracing::debug!("a caller took too long for the handshake");
                }
            };
            if connection.remote_id() == own {
                // A copied home: two devices with one key must not believe to be each other.
                return connection.close(TURNED_AWAY, b"this device has the same key; one of the two is a copy");
            }
            if connection.alpn() == PAIRING_ALPN {
                // A stranger: it is let in only while a person waits for it.
                if let Err(peer) = doorway.pass(Peer::new(connection)) {
                    peer.close("no device is being added here");
                }
                return;
            }
            admit(connection, &guests, &accepted, &turned_away).await;
            drop(permit);
        });
    }
}

async fn admit(connection: Connection, guests: &Arc<Guests>, accepted: &mpsc::Sender<Peer>, turned_away: &TurnedAway) {
    let peer = Peer::new(connection.clone());
    let Some(guest) = guests.admit(peer.device()) else {
        turned_away.count_connection();
        tracing::debug!("device {} was turned away: too many connections", peer.device().short());
        return connection.close(TURNED_AWAY, b"too many connections");
    };
    tokio::spawn({
        let peer = peer.clone();
        async move {
            peer.closed().await;
            drop(guest);
        }
    });
    let _ = accepted.send(peer).await;
}

async fn handshake(incoming: Incoming) -> Result<Connection, String> {
    incoming.accept().map_err(|error| error.to_string())?.await.map_err(|error| error.to_string())
}
