//! What happens, as plain data: a seed is a list of steps, and a list of steps without some of them is a run too.

use crate::dice::Dice;

/// One thing that happens. Numbers name devices, folders and documents wherever they wrap, so that a step means something whatever
/// steps before it were left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its place in the whole list; its own chance follows from it.
    pub number: u64,
    /// Which device it concerns.
    pub node: usize,
    /// Any number, for what the step has to choose.
    pub pick: u64,
    /// What happens.
    pub what: What,
}

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Somebody does something.
    Act(Act),
    /// Frames arrive, in some weather.
    Flow(Weather),
    /// A second passes for everybody, or many.
    Time,
    /// Two devices find each other.
    Meet,
    /// Two devices lose each other, and both notice.
    Part,
    /// Two devices lose each other, and one notices.
    HalfOpen,
    /// From now on two groups of devices do not hear each other.
    Partition,
    /// Everybody hears everybody.
    Heal,
    /// The power goes within the next disk operations.
    Crash,
    /// The program is started again where it does not run.
    Start,
    /// The program is ended and started again.
    Restart,
    /// The disk fills up.
    DiskFull,
    /// There is room again.
    DiskRoom,
    /// Somebody makes a backup.
    Backup,
    /// Somebody puts the backup back.
    Restore,
    /// A home is copied and both go on.
    Clone,
    /// Somebody sets a clock.
    Clock,
    /// A file is carried from one device to another.
    Bundle,
    /// A device gives the relay what it has.
    RelayPut,
    /// A device asks the relay for what it has.
    RelayGet,
    /// The relay loses what it had since some time.
    RelayRollback,
    /// A device exchanges with the bucket, which may do wrong.
    Bucket,
    /// The bucket loses something, or cuts it short.
    BucketDamage,
    /// Somebody with valid keys does harm.
    Mischief,
    /// An insider shows two different entries for one place.
    Fork,
    /// Faults stop, everything is let to flow, and every promise is checked.
    Quiet,
}

/// What people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Plans a document.
    Plan,
    /// Plans many at once.
    Import,
    /// Changes a title.
    Retitle,
    /// Writes a further column.
    Note,
    /// Adds a revision with a file.
    Revise,
    /// Takes a document out of the register.
    Remove,
    /// Puts it back.
    PutBack,
    /// Renames the project.
    Rename,
    /// Opens the next generation of a folder.
    Generation,
    /// Opens a new epoch.
    Rotate,
    /// Invites somebody, who begins to wait for the project.
    Invite,
    /// Invites somebody who is not to read the past.
    InviteFromNow,
    /// Makes a ticket that nobody uses.
    InviteNobody,
    /// Cancels an invitation.
    CancelInvite,
    /// Lets a second device of the same person in.
    AddDevice,
    /// Removes a member.
    Revoke,
    /// Removes a device.
    RevokeDevice,
    /// Gives somebody another role.
    ChangeRole,
    /// Accepts what waits for review.
    Accept,
    /// Makes all caches again.
    Rebuild,
    /// Writes the caches.
    WriteCaches,
}

/// How frames travel: chances in a hundred for each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// Frames that arrive.
    pub frames: u32,
    /// Lost.
    pub drop: u8,
    /// Arrives twice.
    pub twice: u8,
    /// Overtaken by the next.
    pub overtaken: u8,
}

/// Steps between two quiet periods: for one seed in four the shorter time, since a check soon after a fault shows other things than one
/// after many faults on top of each other.
const QUIET_EVERY: [u64; 2] = [100, 250];

impl Step {
    /// The steps of a seed.
    #[must_use]
    pub fn of_seed(seed: u64, count: u64) -> Vec<Self> {
        let mut dice = Dice::new(seed, 1);
        let every = QUIET_EVERY[usize::from(!seed.is_multiple_of(4))];
        (1..=count)
            .map(|number| {
                let what = if number % every == 0 || number == count { What::Quiet } else { any(&mut dice) };
                Self { number, node: dice.below(64), pick: dice.next(), what }
            })
            .collect()
    }
}

fn any(dice: &mut Dice) -> What {
    match dice.below(1000) {
        0..400 => What::Act(any_act(dice)),
        400..640 => What::Flow(any_weather(dice)),
        640..700 => What::Time,
        700..760 => What::Meet,
        760..775 => What::Part,
        775..785 => What::HalfOpen,
        785..795 => What::Partition,
        795..810 => What::Heal,
        810..840 => What::Crash,
        840..870 => What::Start,
        870..880 => What::Restart,
        880..888 => What::DiskFull,
        888..900 => What::DiskRoom,
        900..908 => What::Backup,
        908..914 => What::Restore,
        914..917 => What::Clone,
        917..927 => What::Clock,
        927..935 => What::Bundle,
        935..946 => What::RelayPut,
        946..957 => What::RelayGet,
        957..959 => What::RelayRollback,
        959..971 => What::Bucket,
        971..973 => What::BucketDamage,
        973..993 => What::Mischief,
        _ => What::Fork,
    }
}

fn any_act(dice: &mut Dice) -> Act {
    match dice.below(1000) {
        0..320 => Act::Plan,
        320..340 => Act::Import,
        340..560 => Act::Retitle,
        560..640 => Act::Note,
        640..740 => Act::Revise,
        740..780 => Act::Remove,
        780..810 => Act::PutBack,
        810..825 => Act::Rename,
        825..835 => Act::Generation,
        835..847 => Act::Rotate,
        847..867 => Act::Invite,
        867..875 => Act::InviteFromNow,
        875..885 => Act::InviteNobody,
        885..893 => Act::CancelInvite,
        893..901 => Act::AddDevice,
        901..915 => Act::Revoke,
        915..921 => Act::RevokeDevice,
        921..940 => Act::ChangeRole,
        940..975 => Act::Accept,
        975..988 => Act::Rebuild,
        _ => Act::WriteCaches,
    }
}

fn any_weather(dice: &mut Dice) -> Weather {
    let frames = u32::try_from(1 + dice.below(60)).unwrap_or(1);
    let (drop, twice, overtaken) = match dice.below(4) {
        0 | 1 => (0, 0, 0),
        2 => (5, 5, 10),
        _ => (30, 10, 30),
    };
    Weather { frames, drop, twice, overtaken }
}
