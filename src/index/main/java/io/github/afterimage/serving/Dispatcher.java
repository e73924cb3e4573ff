package io.github.afterimage.serving;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.Lifetime;
import io.github.afterimage.platform.Listeners;
import io.github.afterimage.platform.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of many callers in batches, on a thread of its own.
 *
 * <p>Threads: thread-safe; virtual threads may call it. Lifetime: {@link #close} fails the requests that wait.
 *
 * @param <A> the answer of a request
 * @param <W> the requests
 */
public final class Dispatcher<A, W extends Work<A>> implements AutoCloseable {
    /** Longer deadlines are this long: nanoseconds of some centuries overflow. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final String STOPPED =
            "the batcher was closed before it answered the request: send it to the batcher that follows";

    private final Function<W, Source<W>> present;
    private final Listeners<BatchListener> listeners = new Listeners<>();
    private final Schedule<W> schedule;
    private final BatchOptions options;
    private final LongAdder answered = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder late = new LongAdder();
    private final LongAdder cancelled = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile @Nullable String lastFailure;
    private final Lifetime lifetime = new Lifetime("the batcher");
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread = Threads.daemon("afterimage-batcher", this::run);
    private final ScheduledThreadPoolExecutor deadlines =
            new ScheduledThreadPoolExecutor(1, Threads.daemons("afterimage-deadlines"));
    private @Nullable Batch<W> running; // guarded by the lock
    private boolean closing; // guarded by the lock

    /**
     * Starts the thread.
     *
     * @param present returns a source of the present state of the owner of a request; called once for each pass that begins new
     *     requests
     */
    public Dispatcher(BatchOptions options, Function<W, Source<W>> present) {
        this.options = options;
        this.present = present;
        schedule = new Schedule<>(options);
        deadlines.setRemoveOnCancelPolicy(true);
        thread.start();
    }

    /**
     * Adds a request to the queue. Completing the future in any way ends the request: one that waits leaves the queue, and a pass
     * none of whose requests is left is interrupted.
     *
     * @param timeout the future fails with {@link TimeoutException} after this time
     * @return fails with whatever the pass has thrown for this request alone
     * @throws OverloadException if the queue is full
     * @throws IllegalStateException if the dispatcher is closed
     */
    public CompletableFuture<A> submit(W work, Optional<Duration> timeout) {
        Duration limit = timeout.map(time -> time.compareTo(LONGEST) < 0 ? time : LONGEST)
                .orElse(null);
        work.timeout = limit;
        work.submitted = System.nanoTime();
        locked(() -> {
            lifetime.check();
            if (closing) {
                throw new IllegalStateException(STOPPED);
            }
            if (!schedule.hasRoom(work)) {
                refused.increment();
                throw new OverloadException(work.rows(), schedule.queued(), options.maxQueued());
            }
            if (limit != null) { // first, because it needs a thread, which the system may refuse
                work.timer = deadlines.schedule(() -> expire(work, limit), limit.toNanos(), TimeUnit.NANOSECONDS);
            }
            schedule.add(work, work.submitted);
            changed.signal();
        });
        var unused = work.future.whenComplete((answer, failure) -> {
            if (end(work)) {
                cancelled.increment();
            }
        });
        return work.future;
    }

    /** @throws IllegalStateException if the dispatcher is closed */
    public void requireOpen() {
        lifetime.check();
    }

    /** Reports passes, answers and replacements to a listener from now on; adding it twice has no effect. */
    public void observe(BatchListener listener) {
        listeners.add(listener);
    }

    /** Tells the listeners that the present state is that of another object from now on. */
    public void replaced() {
        listeners.tell(BatchListener::replaced);
    }

    /** Returns the rows in the queue; a long request counts as at most a batch. */
    public int queued() {
        return locked(schedule::queued);
    }

    /** Returns the numbers of requests that have ended, by their ends. */
    public RequestCounts counts() {
        return new RequestCounts(answered.sum(), refused.sum(), late.sum(), cancelled.sum(), failed.sum());
    }

    /** Returns the message of the last failure, or null. */
    public @Nullable String lastFailure() {
        return lastFailure;
    }

    private void run() {
        try {
            for (Batch<W> batch = take(); batch != null; batch = take()) {
                pass(batch);
            }
        } finally { // also after an error, such as a lack of heap, so that no caller waits for ever
            failAll();
        }
    }

    private void failAll() {
        List<W> left = new ArrayList<>();
        locked(() -> {
            closing = true;
            left.addAll(schedule.waiting());
            if (running != null) {
                running.slices().forEach(slice -> left.add(slice.work()));
            }
        });
        left.forEach(work -> fail(work, new IllegalStateException(STOPPED)));
    }

    /** Waits for the next batch; returns null once the dispatcher is closing. */
    private @Nullable Batch<W> take() {
        lock.lock();
        try {
            while (!closing) {
                long now = System.nanoTime();
                long delay = schedule.delay(now);
                if (delay == 0) {
                    running = schedule.next(now);
                    if (running.source() != null) {
                        running.source().retain();
                    }
                    return running;
                }
                try {
                    changed.awaitNanos(delay);
                } catch (InterruptedException e) {
                    // An action that depends on a future has interrupted this thread; the status is cleared.
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void pass(Batch<W> batch) {
        Source<W> source = batch.source();
        long start = System.nanoTime();
        boolean succeeded = false;
        try {
            if (source == null) {
                source = present.apply(batch.slices().get(0).work());
            }
            succeeded = answer(source, batch.slices());
        } catch (Throwable e) { // also a lack of heap for an answer, which must not end the thread
            batch.slices().forEach(slice -> fail(slice.work(), e));
        }
        long nanos = succeeded ? System.nanoTime() - start : -1;
        locked(() -> {
            running = null;
            Thread.interrupted(); // it was meant for this pass
            schedule.passed(batch, nanos);
        });
        if (succeeded) {
            listeners.tell(listener -> listener.passed(batch.rows(), nanos));
        }
        batch.slices().stream().filter(Slice::isLast).forEach(slice -> complete(slice.work()));
        Source<W> used = source;
        locked(() -> schedule.resume(batch, used, nanos, System.nanoTime()));
        if (used != null) {
            used.release();
        }
    }

    /**
     * Answers slices in one pass. If the pass is refused, repeats it in halves, so that each request fails for its own reason only.
     *
     * @return true if one pass has answered all slices
     */
    private boolean answer(Source<W> source, List<Slice<W>> slices) {
        List<Slice<W>> wanted =
                slices.stream().filter(slice -> !hasEnded(slice.work())).toList();
        if (wanted.isEmpty()) {
            return false;
        }
        try {
            source.answer(wanted);
            return wanted.size() == slices.size();
        } catch (NotEnoughMemoryException | IllegalArgumentException e) {
            if (wanted.size() > 1) {
                answer(source, wanted.subList(0, wanted.size() / 2));
                answer(source, wanted.subList(wanted.size() / 2, wanted.size()));
            } else {
                fail(wanted.get(0).work(), e);
            }
            return false;
        }
    }

    private void complete(W work) {
        long nanos = System.nanoTime() - work.submitted;
        Duration limit = work.timeout;
        if (limit != null && nanos > limit.toNanos()) {
            expire(work, limit); // the timer is about to do the same
            return;
        }
        if (hasEnded(work)) {
            return;
        }
        A answer;
        try {
            answer = work.answer();
        } catch (RuntimeException | Error e) { // such as a full heap, which must not end the thread
            fail(work, e);
            return;
        }
        if (end(work)) {
            answered.increment();
            listeners.tell(listener -> listener.answered(nanos));
            work.future.complete(answer);
        }
    }

    private void fail(W work, Throwable failure) {
        if (end(work)) {
            lastFailure = failure.toString();
            failed.increment();
            work.future.completeExceptionally(failure);
        }
    }

    private void expire(W work, Duration limit) {
        if (end(work)) {
            late.increment();
            String time = limit.toMillis() > 0 ? limit.toMillis() + " ms" : limit.toNanos() / 1000 + " µs";
            work.future.completeExceptionally(new TimeoutException(
                    "no answer within " + time + ": allow more time, or send fewer requests at once"));
        }
    }

    private boolean hasEnded(W work) {
        return locked(() -> work.ended);
    }

    /** Ends a request, unless it has ended; returns true if it had not. */
    private boolean end(W work) {
        @Nullable Source<W> source;
        lock.lock();
        try {
            if (work.ended) {
                return false;
            }
            work.ended = true;
            source = schedule.remove(work);
            if (work.timer != null) {
                work.timer.cancel(false);
            }
            if (running != null
                    && Thread.currentThread() != thread
                    && running.slices().stream().allMatch(slice -> slice.work().ended)) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
        if (source != null) {
            source.release();
        }
        return true;
    }

    private <T> T locked(Supplier<T> call) {
        lock.lock();
        try {
            return call.get();
        } finally {
            lock.unlock();
        }
    }

    private void locked(Runnable action) {
        Object unused = locked(() -> {
            action.run();
            return this;
        });
    }

    /**
     * Refuses new requests, waits for the running pass and answers the requests that it completes, and fails the others with
     * IllegalStateException.
     *
     * @throws IllegalStateException if it is called by an action that depends on a future and runs on a thread of the dispatcher
     */
    @Override
    public void close() {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException(
                    "the batcher cannot be closed on its own thread: use thenAcceptAsync or another async method");
        }
        lifetime.close(this::end);
    }

    private void end() {
        locked(() -> {
            closing = true;
            changed.signal();
        });
        Threads.join(thread);
        deadlines.shutdownNow();
    }
}
