//! The graph and the index of a document that is here already: after loading, and after an undo.

use std::collections::HashMap;

use automerge::{ActorId, Automerge, ChangeMetadata};
use enginus_model::{Hash, LogId};

use crate::change::parse_own;
use crate::graph::{Graph, NewNode};
use crate::id::{Actor, hash_of};
use crate::prevalidate::{Blocked, Index};
use crate::quarantine::Quarantine;

/// An actor of the library as ours; every one here has 16 bytes.
pub(crate) fn actor_of(actor: &ActorId) -> Actor {
    actor.to_bytes().try_into().unwrap_or_default()
}

/// Adds a change that the document holds; `None` when its past is not there.
pub(crate) fn push(graph: &mut Graph, meta: &ChangeMetadata<'_>, bindings: &HashMap<Actor, LogId>) -> Option<u32> {
    let deps: Vec<Hash> = meta.deps.iter().map(hash_of).collect();
    let actor = actor_of(&meta.actor);
    let log = bindings.get(&actor).copied();
    let (start_op, max_op, time) = (meta.start_op, meta.max_op, meta.timestamp);
    graph.push(&NewNode { hash: hash_of(&meta.hash), actor, log, start_op, max_op, time, deps: &deps })
}

/// The graph of everything `doc` holds.
pub(crate) fn graph_of(doc: &Automerge, bindings: &HashMap<Actor, LogId>) -> Graph {
    let mut graph = Graph::default();
    for meta in doc.get_changes_meta(&[]) {
        push(&mut graph, &meta, bindings);
    }
    graph
}

/// The full index of everything `doc` holds, every change held to the rules.
pub(crate) fn index_of(doc: &Automerge, graph: &Graph) -> Result<Index, Quarantine> {
    let broken = |why: &str| {
        Quarantine::Refused(format!("the saved shard breaks a rule ({why}); rebuild it from its envelopes"))
    };
    let mut changes = doc.get_changes(&[]).into_iter();
    let genesis = changes.next().ok_or_else(|| broken("it is empty"))?;
    let mut index = Index::genesis(&genesis);
    for change in changes {
        let log = graph.log_of(&actor_of(change.actor_id())).ok_or_else(|| broken("an actor belongs to no log"))?;
        let parsed = parse_own(change).map_err(|reason| broken(&reason.to_string()))?;
        match index.admit(log, &parsed) {
            Ok(_) => {}
            Err(Blocked::Waits(_)) => return Err(broken("a change stands before its past")),
            Err(Blocked::Refused(reason)) => return Err(broken(&reason.to_string())),
        }
    }
    Ok(index)
}
