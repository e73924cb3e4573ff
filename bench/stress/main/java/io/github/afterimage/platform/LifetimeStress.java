package io.github.afterimage.platform;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Threads use an object while others close it. No use sees a released resource, a close waits for all uses, and the resource is
 * released once. Results: the resource as a user saw it; the resource as a closer or a second user saw it; the number of
 * releases. A use that began after a close is {@link #REFUSED}.
 */
public final class LifetimeStress {
    private static final int THERE = 1;
    private static final int REFUSED = 0;
    private static final int RELEASED = -1;

    private LifetimeStress() {}

    /** Owns a resource: a plain field, like memory. */
    static class Owner {
        final Lifetime lifetime = new Lifetime("the owner");
        private int resource = THERE;
        private int releases;

        /** Returns the resource as it is at the beginning and at the end of a use; the smaller one if they differ. */
        final int use() {
            try {
                lifetime.enter();
            } catch (IllegalStateException closed) {
                return String.valueOf(closed.getMessage()).contains("is closed, since io.github") ? REFUSED : RELEASED;
            }
            try {
                int first = resource;
                Thread.onSpinWait();
                return Math.min(first, resource);
            } finally {
                lifetime.exit();
            }
        }

        final int end() {
            lifetime.close(() -> {
                resource = RELEASED;
                releases++;
            });
            return resource;
        }

        /** Closes once more. */
        final int releases() {
            end();
            return releases;
        }
    }

    /** One thread uses the object, one closes it. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, -1, 1", "0, -1, 1"},
            expect = ACCEPTABLE)
    public static class UseAndClose extends Owner {
        @Actor
        public void user(III_Result r) {
            r.r1 = use();
        }

        @Actor
        public void closer(III_Result r) {
            r.r2 = end();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = releases();
        }
    }

    /** Both threads close: each returns after the release. */
    @JCStressTest
    @State
    @Outcome(id = "-1, -1, 1", expect = ACCEPTABLE)
    public static class CloseTwice extends Owner {
        @Actor
        public void closer(III_Result r) {
            r.r1 = end();
        }

        @Actor
        public void otherCloser(III_Result r) {
            r.r2 = end();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = releases();
        }
    }

    /** One thread uses the object twice, one closes it. After a refused use, every use is refused. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 1, 1", "1, 0, 1", "0, 0, 1"},
            expect = ACCEPTABLE)
    public static class UseTwiceAndClose extends Owner {
        @Actor
        public void user(III_Result r) {
            r.r1 = use();
            r.r2 = use();
        }

        @Actor
        public void closer() {
            end();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = releases();
        }
    }

    /** Two threads use the object, then one closes it. The other use has ended before the release, or is refused. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 1, 1", "0, 1, 1"},
            expect = ACCEPTABLE)
    public static class TwoUseAndOneCloses extends Owner {
        @Actor
        public void user(III_Result r) {
            r.r1 = use();
        }

        @Actor
        public void userAndCloser(III_Result r) {
            r.r2 = use();
            end();
        }

        @Arbiter
        public void arbiter(III_Result r) {
            r.r3 = releases();
        }
    }
}
