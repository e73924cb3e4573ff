package io.github.afterimage.store;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.github.afterimage.platform.Lifetime;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Using and closing at once: nobody works with what is released, closing waits, and releases once. Results: what a user saw
 * and what a closer, or another user, saw, {@link #REFUSED} for one who came too late; how often it was released.
 */
public final class LifetimeStress {
    private static final int THERE = 1;
    private static final int REFUSED = 0;
    private static final int RELEASED = -1;

    private LifetimeStress() {}

    /** An object with a resource: a plain field, as memory is. */
    static class Owner {
        final Lifetime lifetime = new Lifetime("the owner");
        private int resource = THERE;
        private int releases;

        /** Looks at the resource at the beginning of a use and at its end. */
        final int use() {
            try {
                lifetime.enter();
            } catch (IllegalStateException closed) {
                return closed.getMessage().contains("is closed, since io.github") ? REFUSED : RELEASED;
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

    /** One uses, one closes. */
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

    /** Both close: each returns when it is released. */
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

    /** One uses it twice, one closes: refused once is refused for good. */
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

    /** Two use it, one of them closes it then: the other's use is over by then, or refused. */
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
