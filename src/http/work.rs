//! The way from a handler to the services: the one place at which a request's work moves from an HTTP worker to the
//! runtime on which the database connections live.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;

use super::problem::Problem;
use super::state::AppState;
use super::work_error::WorkError;
use crate::admission::Request;
use crate::model::captcha::Action;
use crate::telemetry::trace::Span;

impl AppState {
    /// Runs work on the database's runtime. Work that has begun goes on to its end even if the client disconnects, but
    /// from then on it gets no place in any pool.
    ///
    /// # Errors
    /// [`WorkError::Service`] and [`WorkError::Panicked`]
    pub async fn run<T, E, F>(self: &Arc<Self>, work: impl FnOnce(Arc<Self>) -> F) -> Result<T, WorkError<E>>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let (work, request) = (work(Arc::clone(self)), Request::current());
        let work = async move {
            match request {
                Some(request) => request.scope(work).await,
                None => work.await,
            }
        };
        match self.runtime.spawn(Span::current().scope(work)).await {
            Ok(result) => result.map_err(WorkError::Service),
            Err(error) => Err(panicked(&error)),
        }
    }

    /// Demands the answer to a CAPTCHA, where the settings want one. This takes no place among clients that are not signed
    /// in: a slow service must not hold the places that logins and resets need.
    ///
    /// # Errors
    /// The [`Problem`] of an answer that is missing or wrong, or of a service that does not reply.
    pub async fn demand_captcha(
        self: &Arc<Self>,
        answer: Option<String>,
        action: Action,
    ) -> Result<(), Problem> {
        Ok(self.run(|app| async move { app.authn.captcha.demand(answer.as_deref(), action).await }).await?)
    }

    /// Like [`AppState::run`], for clients that are not signed in: the work begins when it is the client's turn, and
    /// does not begin if the client disconnects before.
    ///
    /// # Errors
    /// [`WorkError`]
    pub async fn run_for_stranger<T, E, F>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> F,
    ) -> Result<T, WorkError<E>>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let place = self.strangers.enter().await.map_err(|_| WorkError::Overloaded)?;
        self.run(|app| {
            let work = work(app);
            async move {
                let result = work.await;
                drop(place);
                result
            }
        })
        .await
    }
}

fn panicked<E>(error: &dyn Display) -> WorkError<E> {
    tracing::error!(%error, "the work of a request panicked");
    WorkError::Panicked
}
