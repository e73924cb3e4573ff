package io.github.afterimage.model.network;

import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.model.data.Image;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NetworkLifetimeTest {
    @TempDir
    Path folder;

    private final ExecutorService threads = Executors.newFixedThreadPool(8);
    private Network network;

    @BeforeEach
    void open() throws Exception {
        Path file = SmallModel.classifier(0, 8, 8).output("logits").write(folder.resolve("m.onnx"));
        network = Network.open(
                file,
                List.of("relu"),
                NetworkSettings.defaults().withThreads(1).withBatch(5).withConcurrency(2));
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        network.close();
    }

    @Test
    void concurrentCallsGiveWhatOneCallGives() throws Exception {
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < 23; i++) {
            images.add(SmallModel.image(8, 8, i));
        }
        float[] expected = new float[23 * network.dim()];
        network.run(images, FloatBuffer.wrap(expected), null);
        List<Future<float[]>> results = new ArrayList<>();
        for (int call = 0; call < 64; call++) {
            results.add(threads.submit(() -> {
                float[] actual = new float[expected.length];
                network.run(images, FloatBuffer.wrap(actual), null);
                return actual;
            }));
        }
        for (Future<float[]> result : results) {
            assertThat(result.get()).isEqualTo(expected);
        }
    }

    @Test
    void noMoreCallsRunAtOnceThanAllowed() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Future<?>> results = new ArrayList<>();
        for (int call = 0; call < 16; call++) {
            results.add(threads.submit(() -> {
                network.run(
                        SmallModel.set(1, index -> {
                            most.accumulateAndGet(running.incrementAndGet(), Math::max);
                            try {
                                Thread.sleep(5);
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            running.decrementAndGet();
                            return SmallModel.image(8, 8, 1);
                        }),
                        0,
                        1,
                        null,
                        null);
                return null;
            }));
        }
        for (Future<?> result : results) {
            result.get();
        }
        assertThat(most.get()).isEqualTo(2);
    }

    @Test
    void closingWaitsForTheRunningCallAndRefusesLaterOnes() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch proceed = new CountDownLatch(1);
        FloatBuffer probabilities = FloatBuffer.allocate(10);
        Future<?> run = threads.submit(() -> {
            network.run(
                    SmallModel.set(2, index -> {
                        inside.countDown();
                        try {
                            proceed.await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        return SmallModel.image(8, 8, index);
                    }),
                    0,
                    2,
                    null,
                    probabilities);
            return null;
        });
        inside.await();
        Future<?> closing = threads.submit(network::close);
        assertThatThrownBy(() -> closing.get(100, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        proceed.countDown();
        run.get();
        closing.get();
        assertThat(probabilities.position()).isEqualTo(10);
        network.close();
        assertIllegalState(() -> network.run(List.of(SmallModel.image(8, 8, 1)), null, null))
                .hasMessageContaining("is closed");
    }

    @Test
    void closingFromWithinARunIsRefusedInsteadOfWaitingForItself() {
        assertIllegalState(() -> network.run(
                        SmallModel.set(1, index -> {
                            network.close();
                            return null;
                        }),
                        0,
                        1,
                        null,
                        null))
                .hasMessageContaining("from within one of its runs");
    }
}
