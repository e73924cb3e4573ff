package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ordinary clients beside clients of HTTP/2 that read slowly, cancel what they ask for, and ask too much; prints what each kind costs. */
@Tag("long")
@Timeout(600)
class HostileClientsTest {
    /** tools/hostile.sh takes longer. */
    private static final int SECONDS = Integer.getInteger("afterimage.hostileSeconds", 4);

    private static final int HOSTILE = 8;
    private static final int STREAMS = 90;
    private static final int ORDINARY = 4;
    private static final String QUESTION = question(100);

    private static String question(int rows) {
        return "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[" + rows + ",2],\"data\":["
                + String.join(",", Collections.nCopies(2 * rows, "1")) + "]}]}";
    }

    /** One step of a hostile client on its connection, repeated until it throws or the time is over. */
    private interface Hostility {
        void act(RawHttp2 client, int round) throws Exception;
    }

    private static final class Counts {
        private final AtomicInteger refused = new AtomicInteger();
        private final AtomicInteger other = new AtomicInteger();
        private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();

        private double milliseconds(double part) {
            List<Long> sorted = nanos.stream().sorted().toList();
            return sorted.isEmpty() ? Double.NaN : sorted.get((int) (part * (sorted.size() - 1))) / 1e6;
        }
    }

    private static void ask(int port, Counts counts, long end) {
        while (System.nanoTime() < end) {
            try (RawConnection client = new RawConnection(port)) {
                while (System.nanoTime() < end) {
                    long begin = System.nanoTime();
                    int status =
                            client.post(RunningServer.INFER, QUESTION).read().status();
                    if (status == 200) {
                        counts.nanos.add(System.nanoTime() - begin);
                    } else {
                        (status == 503 ? counts.refused : counts.other).incrementAndGet();
                    }
                }
            } catch (IOException e) {
                counts.other.incrementAndGet();
            }
        }
    }

    private static void attack(int port, int window, Hostility hostility, long end) {
        while (System.nanoTime() < end) {
            try (RawHttp2 client = new RawHttp2(port, window)) {
                for (int round = 0; System.nanoTime() < end; round++) {
                    hostility.act(client, round);
                }
            } catch (Exception e) {
                // the server has ended the connection; the next one begins
            }
        }
    }

    private static void phase(RunningServer server, String name, int hostile, int window, Hostility hostility)
            throws Exception {
        AtomicInteger lines = new AtomicInteger();
        Handler counter = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.incrementAndGet();
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger.getLogger("").addHandler(counter);
        Counts counts = new Counts();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < hostile; i++) {
            threads.add(new Thread(() -> attack(server.port(), window, hostility, end)));
        }
        for (int i = 0; i < ORDINARY; i++) {
            threads.add(new Thread(() -> ask(server.port(), counts, end)));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        Logger.getLogger("").removeHandler(counter);
        System.gc();
        long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        System.out.printf(
                "%-14s%8d served%6d refused%4d failed%9.1f ms p50%9.1f p99%9.1f most%5d log lines%6d MB heap after%n",
                name,
                counts.nanos.size(),
                counts.refused.get(),
                counts.other.get(),
                counts.milliseconds(0.5),
                counts.milliseconds(0.99),
                counts.milliseconds(1),
                lines.get(),
                heap >> 20);
        assertThat(counts.nanos).as(name).isNotEmpty();
        // The server cuts off an ordinary client too that a busy machine keeps from reading for two seconds.
        assertThat(counts.other.get()).as(name).isLessThanOrEqualTo(ORDINARY + counts.nanos.size() / 10);
        assertThat(lines.get()).as(name).isLessThan(100);
    }

    @Test
    void ordinaryClientsAreServedBesideHostileOnes() throws Exception {
        byte[] question = QUESTION.getBytes(StandardCharsets.US_ASCII);
        ServerOptions options = new ServerOptions().maxWork(4_000_000).idle(Duration.ofSeconds(2));
        try (RunningServer server = new RunningServer(options)) {
            phase(server, "alone", 0, 0, (client, round) -> {});
            phase(server, "slow readers", HOSTILE, 0, (client, round) -> {
                if (round == 0) {
                    for (int i = 0; i < STREAMS; i++) {
                        client.post(RunningServer.INFER, question);
                    }
                }
                for (int i = 0; i < STREAMS; i++) {
                    client.grant(2 * i + 1, 1);
                }
                Thread.sleep(500);
            });
            phase(
                    server,
                    "resets",
                    HOSTILE,
                    10,
                    (client, round) -> client.reset(client.post(RunningServer.INFER, question)));
            phase(server, "flood", HOSTILE, 1 << 20, (client, round) -> {
                for (int i = 0; i < STREAMS / 3; i++) {
                    client.post(RunningServer.INFER, question);
                }
                for (int ended = 0; ended < STREAMS / 3; ) {
                    RawHttp2.Frame frame = client.read();
                    if (frame == null) {
                        throw new IOException("the server has ended the connection");
                    }
                    ended += frame.ends() ? 1 : 0;
                }
            });
            phase(server, "alone again", 0, 0, (client, round) -> {});
            assertThat(server.get("/v2/health/ready").statusCode()).isEqualTo(200);
        }
    }
}
