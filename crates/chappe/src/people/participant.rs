use chappe_api::{enums, types};

use crate::peers::{Peer, PeerId};

/// Somebody in a group or channel, or kept out of it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let member = client.participant(chat, user).await?;
/// println!("{} {}", member.peer().name(), member.rank().unwrap_or_default());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Participant {
    pub(super) peer: Peer,
    pub(super) role: Role,
    pub(super) rank: Option<String>,
    pub(super) date: i32,
}

/// What somebody is in a group or channel.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// use chappe::people::Role;
///
/// let is_admin = matches!(client.participant(chat, user).await?.role(), Role::Admin(_) | Role::Creator);
/// # let _ = is_admin;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Role {
    /// Has rights of an admin; basic groups do not tell which.
    Admin(Option<Box<types::ChatAdminRights>>),
    /// Was kept from something, or from everything.
    Banned(Box<types::ChatBannedRights>),
    /// Made it.
    Creator,
    /// Was in it, and is no more.
    Left,
    /// Is in it.
    Member,
}

impl Participant {
    /// Who it is.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// for member in client.participants(chat).limit(50).collect().await? {
    ///     println!("{}", member.peer().name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// What they are.
    ///
    /// ```no_run
    /// use chappe::people::Role;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// match client.participant(chat, user).await?.role() {
    ///     Role::Creator | Role::Admin(_) => println!("may rule"),
    ///     Role::Banned(rights) => println!("may not, until {}", rights.until_date),
    ///     _ => println!("is there, or was"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The title that stands beside their name.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// println!("{}", client.participant(chat, user).await?.rank().unwrap_or("member"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn rank(&self) -> Option<&str> {
        self.rank.as_deref()
    }

    /// When they came in, or were banned, Unix seconds; 0 if the server does not tell.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // Who came in during the last hour.
    /// let hour_ago = client.server_time().await - 3600;
    /// let members = client.participants(chat).collect().await?;
    /// println!("{}", members.iter().filter(|member| i64::from(member.date()) > hour_ago).count());
    /// # Ok(())
    /// # }
    /// ```
    pub fn date(&self) -> i32 {
        self.date
    }
}

/// What the API says of somebody, without the description of the person.
pub(super) struct Entry {
    pub(super) id: PeerId,
    pub(super) role: Role,
    pub(super) rank: Option<String>,
    pub(super) date: i32,
}

impl Entry {
    pub(super) fn of_channel(participant: enums::ChannelParticipant) -> Self {
        use enums::ChannelParticipant as P;
        let (id, role, rank, date) = match participant {
            P::Participant(p) => (PeerId::User(p.user_id), Role::Member, p.rank, p.date),
            P::ParticipantSelf(p) => (PeerId::User(p.user_id), Role::Member, p.rank, p.date),
            P::Creator(p) => (PeerId::User(p.user_id), Role::Creator, p.rank, 0),
            P::Admin(p) => {
                (PeerId::User(p.user_id), Role::Admin(Some(Box::new(p.admin_rights))), p.rank, p.date)
            }
            P::Banned(p) => (PeerId::from(&p.peer), Role::Banned(Box::new(p.banned_rights)), p.rank, p.date),
            P::Left(p) => (PeerId::from(&p.peer), Role::Left, None, 0),
        };
        Self { id, role, rank, date }
    }

    pub(super) fn of_group(participant: enums::ChatParticipant) -> Self {
        use enums::ChatParticipant as P;
        let (user_id, role, rank, date) = match participant {
            P::Participant(p) => (p.user_id, Role::Member, p.rank, p.date),
            P::Creator(p) => (p.user_id, Role::Creator, p.rank, 0),
            P::Admin(p) => (p.user_id, Role::Admin(None), p.rank, p.date),
        };
        Self { id: PeerId::User(user_id), role, rank, date }
    }
}
