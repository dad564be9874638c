//! What stands in front of a fleet, as `ops/balancer.conf` has it: all packets of one sender go to one relay, and to another one once that
//! relay is found to be gone.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// A balancer of UDP on loopback. It ends when dropped.
pub struct Balancer {
    /// Where devices reach it.
    pub address: SocketAddr,
    _serving: JoinSet<()>,
}

/// How a sender's packets go on.
struct Way {
    relay: usize,
    socket: UdpSocket,
    /// The relay is not there.
    broken: AtomicBool,
}

impl Balancer {
    /// Stands in front of these.
    pub async fn start(relays: Vec<SocketAddr>) -> Self {
        let front = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = front.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(serve(Arc::new(front), relays));
        Self { address, _serving: serving }
    }
}

async fn serve(front: Arc<UdpSocket>, relays: Vec<SocketAddr>) {
    let (mut ways, mut answers): (HashMap<SocketAddr, Arc<Way>>, JoinSet<()>) = Default::default();
    let mut packet = vec![0; 1 << 16];
    loop {
        let Ok((length, sender)) = front.recv_from(&mut packet).await else { continue };
        let known = ways.get(&sender).filter(|way| !way.broken.load(Ordering::Relaxed)).cloned();
        let way = match known {
            Some(way) => way,
            None => {
                let relay = ways
                    .get(&sender)
                    .map_or_else(|| least_used(&ways, relays.len()), |gone| (gone.relay + 1) % relays.len());
                let way = open(relay, relays[relay]).await;
                ways.insert(sender, way.clone());
                answers.spawn(bring_back(front.clone(), way.clone(), sender));
                way
            }
        };
        if way.socket.send(&packet[..length]).await.is_err() {
            way.broken.store(true, Ordering::Relaxed);
        }
    }
}

fn least_used(ways: &HashMap<SocketAddr, Arc<Way>>, relays: usize) -> usize {
    let senders = |relay: &usize| ways.values().filter(|way| way.relay == *relay).count();
    (0..relays).min_by_key(senders).expect("there are relays")
}

async fn open(relay: usize, at: SocketAddr) -> Arc<Way> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(at).await.unwrap();
    Arc::new(Way { relay, socket, broken: AtomicBool::new(false) })
}

/// Until the system says that nobody is there.
async fn bring_back(front: Arc<UdpSocket>, way: Arc<Way>, sender: SocketAddr) {
    let mut packet = vec![0; 1 << 16];
    while let Ok(length) = way.socket.recv(&mut packet).await {
        let _ = front.send_to(&packet[..length], sender).await;
    }
    way.broken.store(true, Ordering::Relaxed);
}
