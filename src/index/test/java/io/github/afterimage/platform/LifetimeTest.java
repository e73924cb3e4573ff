package io.github.afterimage.platform;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.settings.MemoryKind;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LifetimeTest {
    @Test
    void useAfterCloseSaysWhereItWasClosed() {
        Lifetime lifetime = new Lifetime("the thing");
        closeIt(lifetime);
        assertIllegalState(lifetime::enter)
                .hasMessageContaining("the thing is closed, since ")
                .hasMessageContaining("LifetimeTest.closeIt(LifetimeTest.java:");
        assertThatThrownBy(lifetime::check).hasMessageContaining("LifetimeTest.closeIt");
    }

    private static void closeIt(Lifetime lifetime) {
        lifetime.close(() -> {});
    }

    @Test
    void closingWaitsForAUseAndReleasesOnce() throws Exception {
        Lifetime lifetime = new Lifetime("the thing");
        AtomicInteger released = new AtomicInteger();
        CountDownLatch used = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread user = new Thread(() -> {
            lifetime.enter();
            used.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            lifetime.exit();
        });
        user.start();
        used.await();
        Thread[] closers = new Thread[3];
        for (int i = 0; i < closers.length; i++) {
            closers[i] = new Thread(() -> lifetime.close(released::incrementAndGet));
            closers[i].start();
        }
        closers[0].join(50);
        assertThat(released.get()).isZero();
        assertThat(closers[0].isAlive()).isTrue();
        end.countDown();
        for (Thread closer : closers) {
            closer.join();
        }
        lifetime.close(released::incrementAndGet);
        assertThat(released.get()).isEqualTo(1);
    }

    @Test
    void closingFromWithinAUseIsRefused() {
        Lifetime lifetime = new Lifetime("the thing");
        lifetime.enter();
        assertThatThrownBy(() -> closeIt(lifetime)).hasMessageContaining("from within one of its runs");
        lifetime.exit();
        closeIt(lifetime);
    }

    @Test
    void whatNobodyClosedIsReportedWithWhereItWasMade() throws Exception {
        LeakTracker.enable();
        try {
            NativeMemory.allocate(64).close();
            NativeMemory.allocate(128);
            long before = LeakTracker.leaks();
            for (int i = 0; i < 500 && LeakTracker.leaks() == before; i++) {
                System.gc();
                Thread.sleep(10);
            }
            assertThat(LeakTracker.leaks()).isEqualTo(before + 1);
        } finally {
            LeakTracker.disable();
            // The leaked bytes are lost; the tests that follow must not count them.
            MemoryLedger.release(MemoryKind.HOST, 128);
        }
    }

    @ParameterizedTest
    @CsvSource({"0,0", "17,17", "3k,3072", "8M,8388608", "2g,2147483648"})
    void aLimitIsReadInBytesOrWithASuffix(String setting, long bytes) {
        assertThat(MemoryUse.parse("-D" + MemoryUse.LIMIT, setting)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"16000,4000,11000", "16000,1000,14000", "16000,15000,4000", "16000,9223372036854775807,4000"})
    void theLimitLeavesRoomForTheHeap(long machine, long heap, long bytes) {
        assertThat(MemoryLedger.withoutHeap(machine, heap)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "g", "-1", "1.5g", "8gb", "9223372036854775807k", "many"})
    void aLimitThatIsNoSizeIsRefused(String setting) {
        assertIllegalArgument(() -> MemoryUse.parse("-D" + MemoryUse.LIMIT, setting))
                .hasMessageContaining("-Dafterimage.memoryLimit=" + setting);
    }
}
