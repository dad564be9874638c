//! The binary is killed while it adds, revises, exchanges and imports, and opened again: what it said it had done is done.

use std::collections::BTreeMap;
use std::time::Duration;

use enginus_engine::api::{Answer, Command};
use enginus_engine::{Engine, NetworkOptions, Options};

use crate::chance::{Chance, number};
use crate::ledger::{Moment, listed};
use crate::process::Process;
use crate::stand::text;
use crate::world::{Act, ActEnd, HOMES, World};

const ROUNDS: usize = 25;
/// Most files are small; now and then one has more than one chunk.
const SMALL: usize = 60_000;
const LARGE: usize = 9 << 20;

/// How long acts of a kind take where nobody kills them: kills fall all over that time, and a little behind it.
struct Usual(BTreeMap<&'static str, Duration>);

impl Usual {
    fn note(&mut self, act: &ActEnd) {
        let took = act.ended.took;
        self.0.entry(act.name).and_modify(|usual| *usual = (*usual * 3 + took) / 4).or_insert(took);
    }

    fn moment(&self, name: &str, chance: &mut Chance) -> Duration {
        let usual = self.0.get(name).copied().unwrap_or(Duration::from_millis(120));
        let micros = u64::try_from(usual.as_micros()).unwrap() * 5 / 4;
        Duration::from_micros(chance.next() % micros.max(1))
    }
}

struct Rounds {
    world: World,
    chance: Chance,
    usual: Usual,
    kills: usize,
}

impl Rounds {
    fn bytes_max(&mut self) -> usize {
        if self.chance.one_in(15) { LARGE } else { SMALL }
    }

    /// Lets an act go on to its end, or kills it on the way.
    fn finish(&mut self, act: Act, kill: bool) -> Option<i32> {
        self.finish_and_tell(act, kill).ended.code
    }

    fn finish_and_tell(&mut self, act: Act, kill: bool) -> ActEnd {
        let ended = if kill {
            let moment = self.usual.moment(act.name, &mut self.chance);
            act.kill_after(moment)
        } else {
            act.end()
        };
        self.kills += usize::from(ended.ended.code.is_none());
        if ended.ended.code == Some(0) {
            self.usual.note(&ended);
        }
        self.world.ended(&ended);
        ended
    }

    /// Most acts are killed; some are not, to know how long they take and to give the others something to work on.
    fn kill(&mut self) -> bool {
        !self.chance.one_in(4)
    }

    fn any_act(&mut self, home: usize) -> Act {
        let bytes_max = self.bytes_max();
        match self.chance.below(12) {
            0..=4 => {}
            5..=8 => {
                if let Some(act) = self.world.change(home, &mut self.chance, bytes_max) {
                    return act;
                }
            }
            9 => return self.world.plan(home, &mut self.chance),
            10 => return self.world.other(home, "rebuild", &["rebuild"]),
            _ => {
                let output = self.world.stand.path("log.xlsx");
                return self.world.other(home, "log", &["log", "export", "Projects", "-o", text(&output)]);
            }
        }
        self.world.add(home, &mut self.chance, bytes_max)
    }

    fn alone(&mut self, home: usize) {
        let act = self.any_act(home);
        let kill = self.kill();
        self.finish(act, kill);
    }

    /// Two commands at once: one serves the other, and whichever it is may be killed.
    fn together(&mut self, home: usize) {
        let one = self.any_act(home);
        let two = self.any_act(home);
        let (first, second) = if self.chance.one_in(2) { (one, two) } else { (two, one) };
        let kill = self.kill();
        self.finish(first, kill);
        self.finish(second, false);
    }

    /// By file: a bundle stands under its name only when it is whole.
    fn by_file(&mut self, from: usize, to: usize) {
        let stick = self.world.stand.path(&format!("stick-{}.enginus", self.world.round));
        let moment = self.world.ledger.moment(from);
        let export = self.world.other(from, "export", &["bundle", "export", text(&stick)]);
        let kill = self.chance.one_in(3);
        if self.finish(export, kill) == Some(0) || stick.exists() {
            let import = self.world.other(to, "import", &["bundle", "import", text(&stick)]);
            let kill = self.kill();
            match self.finish(import, kill) {
                Some(0) => self.world.ledger.arrived(&moment),
                code => assert_eq!(code, None, "a bundle that was there did not go in"),
            }
        }
        let _ = std::fs::remove_file(&stick);
    }

    /// Over loopback: one side stays, the other exchanges once; either may be killed.
    fn over_loopback(&mut self, stays: usize, asks: usize) {
        let mut agent = Process::start(self.world.command(stays, &["agent", "--json"]));
        let addresses = agent.line().unwrap_or_default();
        assert!(addresses.contains("addresses"), "an agent did not come up on {}: {:?}", HOMES[stays], agent.end());
        let moments = [self.world.ledger.moment(0), self.world.ledger.moment(1)];
        let whom = self.chance.below(3);
        let wait = if whom == 0 { "2" } else { "30" };
        let sync = self.world.other(asks, "sync", &["sync", "--once", "--wait", wait]);
        let ended = if whom == 0 {
            std::thread::scope(|scope| {
                let moment = self.usual.moment("sync", &mut self.chance);
                let killer = scope.spawn(move || {
                    agent.wait(moment);
                    agent.kill()
                });
                let ended = self.finish_and_tell(sync, false);
                killer.join().unwrap();
                ended
            })
        } else {
            let ended = self.finish_and_tell(sync, whom == 1);
            agent.kill();
            ended
        };
        self.kills += 1;
        match ended.ended.code {
            Some(0) => self.equal(&moments),
            code => {
                assert!(whom != 2 || code.is_none(), "two sides that were left alone are not equal: {:?}", ended.ended)
            }
        }
    }

    fn equal(&mut self, moments: &[Moment; 2]) {
        moments.iter().for_each(|moment| self.world.ledger.arrived(moment));
    }

    fn round(&mut self) {
        let home = self.chance.below(2);
        match self.chance.below(10) {
            0..=4 => self.alone(home),
            5 => self.together(home),
            6 => self.by_file(home, 1 - home),
            7 | 8 => self.over_loopback(home, 1 - home),
            // A kill, and at once the next beginning, several times.
            _ => (0..3).for_each(|_| {
                self.alone(home);
                self.world.settle(home);
            }),
        }
        // The home that acted first: what may have happened in it is settled then.
        self.world.check(home, &mut self.chance);
        self.world.check(1 - home, &mut self.chance);
        self.world.next_round();
    }

    /// Without kills everything arrives everywhere, and every file has its bytes.
    fn settle(&mut self) {
        let moments = [self.world.ledger.moment(0), self.world.ledger.moment(1)];
        let mut agent = Process::start(self.world.command(0, &["agent", "--json"]));
        agent.line();
        self.world.stand.ok(HOMES[1], &["sync", "--once", "--wait", "60"]);
        agent.kill();
        self.equal(&moments);
        (0..2).for_each(|home| self.world.check(home, &mut self.chance));
        let lists = HOMES.map(|home| self.world.stand.json(home, &["doc", "list", "--removed"]));
        assert_eq!(lists[0], lists[1]);
    }
}

/// Every file of a home, read through one engine.
async fn read_everything(world: &World, home: usize) -> usize {
    let shown = listed(&world.stand.json(HOMES[home], &["doc", "list", "--removed"]));
    let network = NetworkOptions { bind: [127, 0, 0, 1].into(), ..NetworkOptions::default() };
    let engine = Engine::open(Options { home: world.stand.path(HOMES[home]), network }).await.unwrap();
    let mut files = 0;
    for (number, shown) in shown.into_iter().filter(|(_, shown)| !shown.removed) {
        let Some(sha256) = shown.sha256 else { continue };
        let output = world.stand.path("whole.pdf");
        let get = Command::DocGet {
            project: None,
            number: number.clone(),
            revision: None,
            output: output.clone(),
            wait_ms: 0,
        };
        let answer = engine.run(get).finish().await;
        assert!(matches!(answer, Ok(Answer::Fetched(_))), "{number} on {}: {answer:?}", HOMES[home]);
        assert_eq!(std::fs::read(output).unwrap(), world.content(&sha256), "{number} on {}", HOMES[home]);
        files += 1;
    }
    engine.close().await;
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_every_kill() {
    let chance = Chance::from_environment("ENGINUS_CRASH_SEED");
    let rounds = number("ENGINUS_CRASH_ROUNDS", ROUNDS);
    let mut all = Rounds { world: World::new(), chance, usual: Usual(BTreeMap::new()), kills: 0 };
    for _ in 0..rounds {
        all.round();
    }
    all.settle();
    let mut files = 0;
    for home in 0..2 {
        files += read_everything(&all.world, home).await;
    }
    let acknowledged = all.world.ledger.acknowledged;
    println!("{rounds} rounds, {} kills, {acknowledged} acknowledged acts, {files} files read", all.kills);
    assert!(rounds < 10 || (all.kills > 0 && acknowledged > 0));
}
