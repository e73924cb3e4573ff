package io.github.afterimage.model;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import io.github.afterimage.serving.BatchListener;
import io.github.afterimage.serving.BatchOptions;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelBatcherTest {
    private static final Path NETWORK = Path.of("models/cifar10_resnet.onnx");
    private static final int SIZE = 3072;
    private static final String WEIGHTS = "0.5 0.3 1";

    private final long bytesBefore = MemoryUse.bytes();

    private static float[] inputs(int count, long seed) {
        Random random = new Random(seed);
        float[] inputs = new float[count * SIZE];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = random.nextFloat();
        }
        return inputs;
    }

    private static CacheModel model(long seed) throws IOException {
        return model(seed, WEIGHTS, "");
    }

    private static CacheModel model(long seed, String weights, String preprocessing) throws IOException {
        NetworkSettings settings = NetworkSettings.defaults().withPreprocessing(Preprocessing.parse(preprocessing));
        Network network = Network.open(NETWORK, List.of("gap"), settings);
        CacheIndex index = new CacheIndexBuilder(network.dim(), 10)
                .attributes(Map.of("theta", "20", "pool.one_view", weights))
                .build();
        FloatBuffer keys = FloatBuffer.allocate(40 * network.dim());
        network.run(40, FloatBuffer.wrap(inputs(40, seed)), keys, null);
        index.add(KeyBatch.of(keys.flip(), new Random(seed).ints(40, 0, 10).toArray()));
        return new CacheModel(network, index);
    }

    @AfterEach
    void nothingIsLeaked() {
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
    }

    private static void assertSame(Classification answer, Classification expected) {
        for (int c = 0; c < 10; c++) {
            assertThat(answer.probabilities()[c]).isCloseTo(expected.probabilities()[c], within(2e-5));
        }
        assertThat(answer.neighbors()).hasSameSizeAs(expected.neighbors());
    }

    @Test
    void queriesOfEveryKindGetTheAnswersOfTheModel() throws IOException {
        try (ModelBatcher batcher = new ModelBatcher(model(1), new BatchOptions().maxBatch(8))) {
            CacheModel model = batcher.model();
            List<ModelQuery> queries = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                float[] inputs = inputs(1 + i % 3, i);
                ModelQuery.Rows features =
                        model.activations(ModelQuery.Rows.of(ModelQuery.Kind.INPUTS, FloatBuffer.wrap(inputs), null));
                FloatBuffer probabilities = features.probabilities();
                assertThat(probabilities).isNotNull();
                ModelQuery query =
                        switch (i % 4) {
                            case 0 -> ModelQuery.of(Image.of(32, 32, Arrays.copyOf(inputs, SIZE)));
                            case 1 -> ModelQuery.ofInputs(inputs);
                            case 2 -> ModelQuery.ofFeatures(features.values());
                            default -> ModelQuery.ofFeatures(features.values(), probabilities);
                        };
                query = i % 5 == 0 ? query.neighbors(3) : query;
                queries.add(i % 7 == 0 ? query.rule(new Mixture(20, i % 4 == 2 ? 1 : 0.9)) : query);
            }
            queries.add(ModelQuery.ofInputs(inputs(50, 99))); // more than a batch
            List<CompletableFuture<List<Classification>>> answers =
                    queries.stream().map(batcher::submit).toList();
            for (int i = 0; i < queries.size(); i++) {
                List<Classification> answer = answers.get(i).join();
                List<Classification> expected = model.classify(queries.get(i));
                assertThat(answer).hasSameSizeAs(expected);
                for (int row = 0; row < answer.size(); row++) {
                    assertSame(answer.get(row), expected.get(row));
                }
            }
            assertThat(batcher.submit(ModelQuery.of(List.of())).join()).isEmpty();
            assertThat(batcher.health().requests().answered()).isEqualTo(queries.size());
        }
    }

    @Test
    void aQueryThatDoesNotFitIsRefusedAndABadOneFailsAlone() throws IOException {
        try (ModelBatcher batcher = new ModelBatcher(model(1), new BatchOptions().maxDelay(Duration.ofMillis(50)))) {
            assertIllegalArgument(() -> batcher.submit(ModelQuery.ofInputs(new float[5])));
            assertIllegalArgument(() -> batcher.submit(ModelQuery.of(Image.of(31, 32, new float[31 * 32 * 3]))))
                    .hasMessageContaining("image 0");
            CompletableFuture<List<Classification>> good = batcher.submit(ModelQuery.ofInputs(inputs(1, 2)));
            float[] notFinite = inputs(1, 3);
            notFinite[7] = Float.NaN;
            CompletableFuture<List<Classification>> bad = batcher.submit(ModelQuery.ofInputs(notFinite));
            assertThat(good.join()).hasSize(1);
            assertThatThrownBy(bad::join)
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anotherModelTakesOverWhileQueriesRunAndTheFormerIsClosed() throws IOException {
        CacheModel first = model(1);
        CacheModel second = model(2);
        try (ModelBatcher batcher = new ModelBatcher(first, new BatchOptions())) {
            List<CompletableFuture<List<Classification>>> answers = new ArrayList<>();
            List<Classification> former = first.classify(ModelQuery.ofInputs(inputsOf(31)));
            CompletableFuture<Void> closed = null;
            for (int i = 0; i < 60; i++) {
                answers.add(batcher.submit(ModelQuery.ofInputs(inputs(1, i))));
                if (i == 30) {
                    closed = batcher.replace(second);
                }
            }
            for (int i = 0; i < answers.size(); i++) {
                Classification answer = answers.get(i).join().get(0);
                Classification expected = i > 30
                        ? second.classify(ModelQuery.ofInputs(inputs(1, i))).get(0)
                        : former.get(i);
                assertSame(answer, expected);
            }
            assertThat(closed).isNotNull();
            closed.join();
            assertIllegalState(() -> first.index().size());
            assertThat(batcher.model()).isSameAs(second);
        }
        assertIllegalState(() -> second.index().size());
    }

    /** Returns the inputs of seeds 0, 1, and so on. */
    private static float[] inputsOf(int count) {
        FloatBuffer all = FloatBuffer.allocate(count * SIZE);
        for (int i = 0; i < count; i++) {
            all.put(inputs(1, i));
        }
        return all.array();
    }

    @Test
    void aQueryThatWaitsIsAnsweredByTheModelOfItsSubmissionWithItsPreprocessingAndRule() throws Exception {
        CacheModel former = model(1);
        CacheModel next = model(2, "0.1 0.9 2", "order=bgr,scale=2");
        ModelQuery query = ModelQuery.of(Image.of(32, 32, inputs(1, 5)));
        Classification expected = former.classify(query).get(0);
        Classification other = next.classify(query).get(0);
        assertThat(other.probability()).isNotCloseTo(expected.probability(), within(1e-3));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        try (ModelBatcher batcher = new ModelBatcher(former, new BatchOptions())) {
            batcher.observe(new BatchListener() {
                @Override
                public void passed(int rows, long nanos) {
                    begun.countDown();
                    try {
                        open.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            CompletableFuture<List<Classification>> runs = batcher.submit(query);
            begun.await();
            CompletableFuture<List<Classification>> waits = batcher.submit(query);
            CompletableFuture<Void> closed = batcher.replace(next);
            CompletableFuture<List<Classification>> later = batcher.submit(query);
            assertThat(closed).isNotDone();
            assertThat(former.index().size()).isEqualTo(40);
            open.countDown();
            assertSame(runs.join().get(0), expected);
            assertSame(waits.join().get(0), expected);
            assertSame(later.join().get(0), other);
            closed.join();
            assertIllegalState(() -> former.index().size());
        }
    }

    @Test
    void aModelOfAnotherFormIsNotTaken() throws IOException {
        Network network = Network.open(NETWORK, List.of("stage3_block2"));
        try (ModelBatcher batcher = new ModelBatcher(model(1), new BatchOptions());
                CacheModel other = new CacheModel(network, new CacheIndexBuilder(network.dim(), 10).build())) {
            assertIllegalArgument(() -> batcher.replace(other))
                    .hasMessageContaining("expected inputs of [3, 32, 32], dim 112 and 10 classes");
        }
    }

    @Test
    void itsOwnModelIsNotTakenAndGoesOnAnswering() throws IOException {
        try (ModelBatcher batcher = new ModelBatcher(model(1), new BatchOptions())) {
            assertIllegalArgument(() -> batcher.replace(batcher.model()))
                    .hasMessageContaining("is present already, and would be closed: replace it by another object");
            assertThat(batcher.submit(ModelQuery.ofInputs(inputs(1, 2))).join()).hasSize(1);
            assertThat(batcher.health().open()).isTrue();
        }
    }
}
