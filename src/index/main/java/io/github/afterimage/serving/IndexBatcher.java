package io.github.afterimage.serving;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.platform.Resources;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Answers the requests of many callers in batches, from an index or a model. A batcher owns it: {@link #close} and {@link #replace} close
 * it. {@link Batcher} is the batcher of an index.
 *
 * <p>Threads: thread-safe; virtual threads may call it. Actions that depend on a returned future run on a thread of the batcher,
 * unless they are added by an async method; they must be short.
 *
 * @param <T> the type of the index or model
 * @param <A> the type of an answer
 * @param <W> the type of a request
 */
public abstract class IndexBatcher<T extends AutoCloseable, A, W extends IndexBatcher.Request<T, A>>
        implements Monitored, AutoCloseable {
    private final Replaceable<T> owners;
    private final Dispatcher<A, W> dispatcher;

    /** A request, which belongs to the index or model of its submission. */
    protected abstract static class Request<T extends AutoCloseable, A> extends Work<A> {
        private final Replaceable<T>.Lease lease;

        /** @param lease ends with the request */
        protected Request(Replaceable<T>.Lease lease) {
            this.lease = lease;
        }

        @Override
        public final T owner() {
            return lease.value();
        }
    }

    /** The keys of one moment. */
    private final class Keys extends Source<W> {
        private final Replaceable<T>.Lease lease;
        private final CacheReader snapshot;

        /** @throws IllegalStateException if the index is closed */
        Keys(Request<T, A> first) {
            lease = first.lease.again();
            snapshot = Resources.guarded(lease, () -> index(lease.value()).snapshot());
        }

        @Override
        public boolean isPresent() {
            try {
                return index(lease.value()).version() == snapshot.version();
            } catch (IllegalStateException closed) {
                return true; // the pass fails with the reason
            }
        }

        @Override
        public void answer(List<Slice<W>> slices) {
            IndexBatcher.this.answer(lease.value(), snapshot, slices);
        }

        @Override
        public void close() {
            snapshot.close();
            lease.close();
        }
    }

    /** Takes over the first index or model. */
    protected IndexBatcher(T first, BatchOptions options) {
        owners = new Replaceable<>(Objects.requireNonNull(first, "first"));
        dispatcher = Resources.guarded(owners, () -> new Dispatcher<>(options, Keys::new));
    }

    /** Returns the index of an index or model. */
    protected abstract CacheIndex index(T owner);

    /** Answers requests of one {@link Work#group} from the keys of one moment, as {@link Source#answer} says. */
    protected abstract void answer(T owner, CacheReader keys, List<Slice<W>> slices);

    /**
     * Checks that callers can send the same requests to the next index or model as to the present one.
     *
     * @throws IllegalArgumentException if they cannot
     */
    protected abstract void requireSameForm(T next, T present);

    /**
     * Submits a request.
     *
     * @param lease of this batcher, open; the request gets one of its own
     */
    protected final CompletableFuture<A> submit(
            Replaceable<T>.Lease lease, Function<Replaceable<T>.Lease, W> request, Optional<Duration> timeout) {
        Replaceable<T>.Lease own = lease.again();
        return own.until(() -> dispatcher.submit(request.apply(own), timeout));
    }

    /** Runs a call that submits a request to the present index or model, with a lease of it. */
    protected final CompletableFuture<A> leased(Function<Replaceable<T>.Lease, CompletableFuture<A>> call) {
        try (Replaceable<T>.Lease lease = lease()) {
            return call.apply(lease);
        }
    }

    /** Returns the index or model that answers new requests. */
    protected final T present() {
        return owners.present();
    }

    /**
     * Leases the index or model that answers new requests, for calls that all belong to it, whatever {@linkplain #replace replaces} it
     * meanwhile. It stays open until the lease is closed.
     *
     * @throws IllegalStateException if the batcher is closed
     */
    public final Replaceable<T>.Lease lease() {
        dispatcher.requireOpen();
        return owners.lease();
    }

    /** Returns the index that answers new requests. Add and remove keys through it, and leave it open. */
    @Override
    public final CacheIndex index() {
        return index(present());
    }

    @Override
    public final Health health() {
        return Health.of(
                index(), dispatcher.queued(), dispatcher.counts(), Optional.ofNullable(dispatcher.lastFailure()));
    }

    @Override
    public final void observe(BatchListener listener) {
        dispatcher.observe(Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Answers later requests from another index or model, and takes that over. The former one answers the requests that were submitted
     * before, and is closed after the last of them.
     *
     * @return completes when the former one is closed
     * @throws IllegalArgumentException if callers would have to send requests of another form, such as another dim or number of classes;
     *     {@code next} is not taken over then
     * @throws IllegalStateException if the batcher is closed; {@code next} is not taken over then
     */
    public final CompletableFuture<Void> replace(T next) {
        requireSameForm(next, present());
        CompletableFuture<Void> closed = owners.replace(next);
        dispatcher.replaced();
        return closed;
    }

    /**
     * Refuses new requests, waits for the running pass and answers the requests that it completes, fails the others with
     * IllegalStateException, and closes the index or model. Closing twice is harmless. To answer all requests first, wait for their
     * futures.
     *
     * @throws IllegalStateException if it is called on a thread of the batcher
     */
    @Override
    public final void close() {
        dispatcher.close();
        owners.close();
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[" + present() + ", " + dispatcher.queued() + " rows wait]";
    }
}
