use chappe_api::{enums, functions};

use crate::client::Client;
use crate::error::Error;
use crate::limits::PAGE;
use crate::peers::{Peer, PeerMap, PeerRef};

impl Client {
    /// Keeps somebody from writing to the user.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.block(user).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CONTACT_ID_INVALID` …
    pub async fn block(&self, peer: impl Into<PeerRef>) -> Result<(), Error> {
        let id = self.input_peer(peer)?;
        self.invoke(functions::contacts::Block { my_stories_from: false, id }).await?;
        Ok(())
    }

    /// Lets somebody write again.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.unblock(user).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::block`].
    pub async fn unblock(&self, peer: impl Into<PeerRef>) -> Result<(), Error> {
        let id = self.input_peer(peer)?;
        self.invoke(functions::contacts::Unblock { my_stories_from: false, id }).await?;
        Ok(())
    }

    /// Everybody who is blocked, the last one first.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for peer in client.blocked().await? {
    ///     client.unblock(&peer).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn blocked(&self) -> Result<Vec<Peer>, Error> {
        let mut all = Vec::new();
        let mut offset = 0;
        loop {
            let limit = i32::try_from(PAGE).unwrap_or(i32::MAX);
            let request = functions::contacts::GetBlocked { my_stories_from: false, offset, limit };
            let (blocked, users, chats, last) = match self.invoke(request).await? {
                enums::contacts::Blocked::Blocked(page) => (page.blocked, page.users, page.chats, true),
                enums::contacts::Blocked::Slice(page) => {
                    let last = page.blocked.is_empty();
                    (page.blocked, page.users, page.chats, last)
                }
            };
            self.learn(&users, &chats).await;
            let peers = PeerMap::new(users, chats);
            offset = offset.saturating_add(i32::try_from(blocked.len()).unwrap_or(i32::MAX));
            all.extend(blocked.iter().filter_map(|entry| peers.get((&entry.peer_id).into()).cloned()));
            if last {
                return Ok(all);
            }
        }
    }
}
