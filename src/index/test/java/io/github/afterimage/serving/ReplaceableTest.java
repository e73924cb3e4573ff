package io.github.afterimage.serving;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReplaceableTest {
    private static final class Thing implements AutoCloseable {
        final AtomicInteger closed = new AtomicInteger();

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @Test
    void aReplacedObjectIsClosedAfterItsLastLease() {
        Thing first = new Thing();
        Thing second = new Thing();
        Replaceable<Thing> things = new Replaceable<>(first);
        Replaceable<Thing>.Lease one = things.lease();
        Replaceable<Thing>.Lease other = things.lease();
        CompletableFuture<Void> closing = things.replace(second);
        assertThat(one.value()).isSameAs(first);
        Replaceable<Thing>.Lease again = one.again();
        assertIllegalArgument(() -> things.replace(second)).hasMessageContaining("is present already");
        assertThat(things.present()).isSameAs(second);
        one.close();
        assertThat(closing).isNotDone();
        other.close();
        assertThat(closing).isNotDone();
        again.close();
        closing.join();
        assertThat(first.closed).hasValue(1);
        assertThat(second.closed).hasValue(0);
        things.close();
        things.close();
        assertThat(second.closed).hasValue(1);
        assertIllegalState(things::lease);
        assertIllegalState(() -> things.replace(first));
    }

    @Test
    void closingThrowsWhatTheObjectThrewItself() {
        UncheckedIOException failure = new UncheckedIOException(new IOException("the disk is gone"));
        Replaceable<AutoCloseable> things = new Replaceable<>(() -> {
            throw failure;
        });
        assertThatThrownBy(things::close).isSameAs(failure);
    }

    @Test
    void aFailureToCloseIsReported() {
        Replaceable<AutoCloseable> things = new Replaceable<>(() -> {
            throw new IOException("the disk is gone");
        });
        assertThatThrownBy(things.replace(new Thing())::join)
                .isInstanceOf(CompletionException.class)
                .hasRootCauseMessage("the disk is gone");
        things.close();
    }

    @RepeatedTest(20)
    void noLeaseSeesAClosedObject() throws Exception {
        Replaceable<Thing> things = new Replaceable<>(new Thing());
        AtomicInteger seen = new AtomicInteger();
        List<Thread> users = new ArrayList<>();
        for (int user = 0; user < 4; user++) {
            Thread thread = new Thread(() -> {
                for (int use = 0; use < 1000; use++) {
                    try (Replaceable<Thing>.Lease lease = things.lease()) {
                        seen.addAndGet(lease.value().closed.get());
                    }
                }
            });
            users.add(thread);
            thread.start();
        }
        List<Thing> replaced = new ArrayList<>();
        List<CompletableFuture<Void>> closings = new ArrayList<>();
        for (int swap = 0; swap < 100; swap++) {
            replaced.add(things.present());
            closings.add(things.replace(new Thing()));
        }
        for (Thread user : users) {
            user.join();
        }
        closings.forEach(CompletableFuture::join);
        assertThat(seen).hasValue(0);
        assertThat(replaced).allMatch(thing -> thing.closed.get() == 1);
        things.close();
    }
}
