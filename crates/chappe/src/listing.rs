//! Lists of the server that are read page by page.

/// What all of them offer. Such a list has the fields `left` (how many are still wanted), `page` (what was fetched and not
/// given out), `total` and `done`, and `fetch`, which adds a page. What `next` may fail with is said where it is used.
/// The examples go on from `begin`, which makes the list.
macro_rules! listing {
    ($list:ident => $item:ty, $begin:literal, $(#[$errors:meta])+) => {
        impl $list {
            /// At most so many.
            ///
            /// ```no_run
            /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
            #[doc = concat!("let ten = ", $begin, ".limit(10).collect().await?;")]
            /// println!("{} of at most ten", ten.len());
            /// # Ok(())
            /// # }
            /// ```
            pub fn limit(mut self, limit: usize) -> Self {
                self.left = limit;
                self
            }

            /// How many there are in all, whatever the limit says.
            ///
            /// ```no_run
            /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
            #[doc = concat!("let mut list = ", $begin, ".limit(10);")]
            /// println!("{} in all, of which some are shown:", list.total().await?);
            /// while let Some(item) = list.next().await? {
            ///     println!("{item:?}");
            /// }
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// # Errors
            #[doc = concat!("As for [`", stringify!($list), "::next`].")]
            pub async fn total(&mut self) -> Result<usize, $crate::error::Error> {
                if self.total.is_none() {
                    self.fetch().await?;
                }
                Ok(self.total.unwrap_or_default())
            }

            /// The next one; `None` when there are no more.
            ///
            /// ```no_run
            /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
            #[doc = concat!("let mut list = ", $begin, ";")]
            /// while let Some(item) = list.next().await? {
            ///     println!("{item:?}"); // pages are fetched when they are needed
            /// }
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// # Errors
            $(#[$errors])+
            pub async fn next(&mut self) -> Result<Option<$item>, $crate::error::Error> {
                if self.left == 0 {
                    return Ok(None);
                }
                while self.page.is_empty() && !self.done {
                    self.fetch().await?;
                }
                let item = self.page.pop_front();
                if item.is_some() {
                    self.left -= 1;
                }
                Ok(item)
            }

            /// All that are left.
            ///
            /// ```no_run
            /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
            #[doc = concat!("let items = ", $begin, ".limit(100).collect().await?;")]
            /// println!("{} items", items.len());
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// # Errors
            #[doc = concat!("As for [`", stringify!($list), "::next`].")]
            pub async fn collect(mut self) -> Result<Vec<$item>, $crate::error::Error> {
                let mut items = Vec::new();
                while let Some(item) = self.next().await? {
                    items.push(item);
                }
                Ok(items)
            }

            /// The same as a [`Stream`](futures_core::Stream). It ends after an error.
            ///
            /// ```no_run
            /// use futures_util::TryStreamExt;
            ///
            /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
            #[doc = concat!("let count = ", $begin, ".into_stream().try_fold(0, async |count, _| Ok(count + 1)).await?;")]
            /// println!("{count} went by");
            /// # Ok(())
            /// # }
            /// ```
            pub fn into_stream(
                self,
            ) -> impl futures_core::Stream<Item = Result<$item, $crate::error::Error>> + Send + use<> {
                futures_util::stream::try_unfold(self, async |mut list| {
                    Ok(list.next().await?.map(|item| (item, list)))
                })
            }
        }
    };
}
pub(crate) use listing;
