package io.github.afterimage.serve.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;
import io.github.afterimage.serving.BatchListener;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A served index whose file is replaced. */
class ModelFilesTest {
    private static final Map<String, String> FORGET = Map.of("ids", "0", "forget", "true");

    @TempDir
    private Path folder;

    private final long bytesBefore = MemoryUse.bytes();
    private Path file;
    private ServedIndex model;

    @BeforeEach
    void save() throws IOException {
        file = folder.resolve("birds.safetensors");
        replaceBy(2, 0);
    }

    @AfterEach
    void close() {
        model.close();
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
    }

    /** Moves an index of one key to the file, as a deployment does. */
    private void replaceBy(int dim, int label) throws IOException {
        Path next = folder.resolve("next.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(dim, 3).build()) {
            float[] key = new float[dim];
            key[0] = 1;
            index.add(key, new int[] {label});
            index.files().saveWhole(next, Map.of("theta", "10", "lambda", "1"));
        }
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private void open(boolean taught) throws IOException {
        ModelSource<CacheIndex> source = new ModelSource<>(List.of(file), taught, log -> {
            OpenOptions options = new OpenOptions().threads(1);
            return CacheIndex.open(file, log ? options.log(Durability.everyChange()) : options);
        });
        model = ServedIndex.open("birds", source, new BatchOptions());
    }

    /** Looks twice, because a file is opened only if it rests. */
    private void refresh() {
        model.refresh();
        model.refresh();
    }

    private static InferenceRequest request(Tensor... more) {
        List<Tensor> inputs =
                new java.util.ArrayList<>(List.of(Tensor.ofFloats("features", List.of(1, 2), new float[] {1, 1})));
        inputs.addAll(List.of(more));
        return new InferenceRequest("", Map.of(), inputs, List.of());
    }

    private int answer() {
        float[] memory =
                (float[]) model.infer(request()).join().outputs().get(0).values();
        return memory[0] > memory[1] ? 0 : 1;
    }

    private long add(String label) {
        Tensor labels =
                new Tensor("label", DataType.BYTES, List.of(1), List.of(label.getBytes(StandardCharsets.UTF_8)));
        return ((Number) ((List<?>) model.keys().add(request(labels), null).get("ids")).get(0)).longValue();
    }

    @Test
    void aReplacedFileAnswersLaterRequestsAndNoneFailsMeanwhile() throws Exception {
        open(false);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicLong answered = new AtomicLong();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread client = new Thread(() -> {
            while (!ended.get()) {
                try {
                    answer();
                    answered.incrementAndGet();
                } catch (RuntimeException e) {
                    failure.compareAndSet(null, e);
                }
            }
        });
        client.start();
        for (int swap = 1; swap <= 20; swap++) {
            replaceBy(2, swap % 2);
            refresh();
            assertThat(answer()).isEqualTo(swap % 2);
        }
        ended.set(true);
        client.join();
        assertThat(failure.get()).isNull();
        assertThat(answered.get()).isPositive();
        assertThat(model.staleness()).isEmpty();
    }

    /** Moves an index to the file, of which nothing is as in the others. */
    private void replaceByVersion(int version) throws IOException {
        Path next = folder.resolve("next.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(2, 3)
                .classNames(List.of("a" + version, "b" + version, "c" + version))
                .attributes(Map.of("theta", "" + version, "lambda", "1"))
                .build()) {
            for (int key = 0; key < version; key++) {
                index.add(new float[] {1, 0, 0.5f, 1}, new int[] {0, 1});
            }
            index.files().saveWhole(next, index.attributes());
        }
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private void openVersions() throws IOException {
        replaceByVersion(1);
        ModelSource<CacheIndex> source =
                new ModelSource<>(List.of(file), false, log -> CacheIndex.open(file, new OpenOptions().threads(1)));
        model = ServedIndex.open("birds", source, new BatchOptions());
    }

    /** Checks that all of an explanation is of one version; returns its number. */
    private static int version(Map<String, Object> explanation) {
        int version = (int) (double) ((Map<?, ?>) explanation.get("rule")).get("theta");
        assertThat(explanation).containsEntry("keys", 2L * version);
        Map<?, ?> answer = (Map<?, ?>) ((List<?>) explanation.get("answers")).get(0);
        assertThat(answer.get("class")).isEqualTo("b" + version);
        double odds = Math.exp(version * (1.5 / Math.sqrt(2.5) - 1 / Math.sqrt(2)));
        assertThat(((Number) answer.get("probability")).doubleValue()).isCloseTo(odds / (1 + odds), within(1e-5));
        assertThat(((Map<?, ?>) ((List<?>) answer.get("neighbors")).get(0)).get("class"))
                .isEqualTo("b" + version);
        return version;
    }

    @Test
    void aRequestBelongsToOneModelFromItsBeginToItsAnswerWhileTheFileChangesUnderLoad() throws Exception {
        openVersions();
        AtomicBoolean ended = new AtomicBoolean();
        List<CompletableFuture<Set<Integer>>> clients = Stream.generate(() -> CompletableFuture.supplyAsync(
                        () -> {
                            Set<Integer> seen = new TreeSet<>();
                            while (!ended.get()) {
                                seen.add(version(model.explain(request()).join()));
                            }
                            return seen;
                        },
                        work -> new Thread(work).start()))
                .limit(4)
                .toList();
        for (int version = 2; version <= 20; version++) {
            replaceByVersion(version);
            refresh();
            assertThat(version(model.explain(request()).join())).isEqualTo(version);
        }
        ended.set(true);
        for (CompletableFuture<Set<Integer>> client : clients) {
            assertThat(client.get()).hasSizeGreaterThan(1);
        }
    }

    @Test
    void aRequestThatWaitsIsAnsweredByTheFormerModelAlone() throws Exception {
        openVersions();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        model.monitored().observe(new BatchListener() {
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
        CompletableFuture<Map<String, Object>> runs = model.explain(request());
        begun.await();
        CompletableFuture<Map<String, Object>> waits = model.explain(request());
        CacheIndex former = model.index();
        replaceByVersion(2);
        CompletableFuture<Void> replaced = CompletableFuture.runAsync(this::refresh);
        while (model.index() == former) {
            Thread.sleep(1);
        }
        CompletableFuture<Map<String, Object>> later = model.explain(request());
        assertThat(replaced).isNotDone();
        open.countDown();
        assertThat(version(runs.get())).isEqualTo(1);
        assertThat(version(waits.get())).isEqualTo(1);
        assertThat(version(later.get())).isEqualTo(2);
        replaced.get();
        assertThatThrownBy(former::size).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void keysWhoseBytesCannotBeErasedAreRemovedAllTheSame() throws Exception {
        file = folder.resolve("b".repeat(230) + ".safetensors"); // the name of a temporary file is too long
        CacheIndex index = new CacheIndexBuilder(2, 3).build();
        index.add(new float[] {1, 1}, new int[] {0});
        ModelSource<CacheIndex> source = new ModelSource<>(List.of(file), true, log -> index);
        model = ServedIndex.open("birds", source, new BatchOptions());
        assertThatThrownBy(() -> model.keys().remove(FORGET))
                .hasMessageContaining("the keys are removed, and their bytes may still be in the files")
                .extracting(failure -> ((RequestException) failure).more())
                .isEqualTo(Map.of("type", "urn:afterimage:unerased-keys", "changed", true, "removed", 1L));
        assertThat(model.catalog().describe()).containsEntry("keys", 0L);
    }

    @Test
    void aForgettingThatFailsBeforeItRemovesAKeySaysSo() throws Exception {
        CacheIndex index = new CacheIndexBuilder(2, 3).build();
        index.add(new float[] {1, 1}, new int[] {0});
        ModelSource<CacheIndex> source = new ModelSource<>(List.of(file), true, log -> index);
        model = ServedIndex.open("birds", source, new BatchOptions());
        try (CacheIndex owner = CacheIndex.open(file, new OpenOptions().log(Durability.everyChange()))) {
            assertThat(owner.size()).isEqualTo(1);
            assertThatThrownBy(() -> model.keys().remove(FORGET)).hasMessageContaining("nothing is changed");
        }
        assertThat(model.catalog().describe()).containsEntry("keys", 1L);
    }

    @Test
    void aFileThatStillChangesIsNotOpened() throws Exception {
        open(false);
        replaceBy(2, 1);
        model.refresh();
        assertThat(answer()).isZero();
    }

    @Test
    void theFormerModelAnswersWhileTheNewFileIsBroken() throws Exception {
        open(false);
        Files.writeString(folder.resolve("broken"), "not an index");
        Files.move(folder.resolve("broken"), file, StandardCopyOption.REPLACE_EXISTING);
        refresh();
        assertThat(answer()).isZero();
        assertThat(model.unready()).isEmpty();
        assertThat(model.staleness().orElseThrow())
                .startsWith(
                        "its files have changed and cannot be used, so the former model answers: birds.safetensors: ")
                .doesNotContain(folder.toString());
        replaceBy(3, 1);
        refresh();
        assertThat(model.staleness().orElseThrow()).contains("expected dim 2");
        replaceBy(2, 1);
        refresh();
        assertThat(model.staleness()).isEmpty();
        assertThat(answer()).isEqualTo(1);
    }

    @Test
    void ownSavesReplaceNothing() throws Exception {
        open(true);
        CacheIndex before = model.index();
        add("1");
        model.keys().save();
        refresh();
        assertThat(model.index()).isSameAs(before);
        assertThat(model.staleness()).isEmpty();
    }

    @Test
    void keysCanBeAddedAfterASwap() throws Exception {
        open(true);
        add("1");
        model.keys().save();
        replaceBy(2, 1);
        refresh();
        assertThat(model.staleness()).isEmpty();
        assertThat(model.keys().fixed()).isEmpty();
        assertThat(add("2")).isEqualTo(1);
    }

    private List<Path> setAside() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(each -> each.getFileName().toString().startsWith("birds.safetensors.replaced-"))
                    .toList();
        }
    }

    @Test
    void loggedKeysOfAnIndexWhoseFileIsReplacedAreSetAside() throws Exception {
        open(true);
        model.files().follow();
        long taught = add("1");
        replaceBy(2, 1);
        assertThatThrownBy(() -> add("1")) // before the server has seen that
                .hasMessageContaining("nothing is changed, because the file of birds is another one now")
                .extracting(failure -> ((RequestException) failure).status())
                .isEqualTo(RequestException.UNAVAILABLE);
        refresh();
        assertThat(answer()).isEqualTo(1);
        assertThat(model.keys().fixed()).isEmpty();
        assertThat(add("2")).isEqualTo(1);
        try (CacheIndex kept = CacheIndex.open(setAside().get(0))) {
            assertThat(kept.size()).isEqualTo(2);
            assertThat(kept.key(taught).orElseThrow().label()).isEqualTo(1);
        }
    }

    /** Else the log of the former index refuses it, with the advice to restart. The label is read when the request belongs to that model. */
    @Test
    void aKeyForAModelThatIsReplacedMeanwhileIsRefused() throws Exception {
        open(true);
        replaceBy(2, 1);
        model.refresh();
        Thread swap = new Thread(model::refresh);
        List<byte[]> label = new AbstractList<>() {
            @Override
            public byte[] get(int row) {
                if (swap.getState() == Thread.State.NEW) {
                    swap.start();
                }
                while (!model.keys().fixed().equals(Optional.of(ModelFiles.REPLACING))) {
                    Thread.onSpinWait();
                }
                return new byte[] {'1'};
            }

            @Override
            public int size() {
                return 1;
            }
        };
        InferenceRequest late = request(Tensor.ofBytes("label", List.of(1), label));
        assertThatThrownBy(() -> model.keys().add(late, null))
                .hasMessage("the keys of birds stay: the model is being replaced: send the request again")
                .extracting(failure -> ((RequestException) failure).status())
                .isEqualTo(RequestException.UNAVAILABLE);
        swap.join();
        assertThat(model.index().size()).isEqualTo(1);
        add("1");
        assertThat(model.index().size()).isEqualTo(2);
    }

    @Test
    void noRetryIsAdvisedWhereTheFileIsGoneOrNobodyLooksAtIt() throws Exception {
        open(true);
        add("1");
        replaceBy(2, 1);
        assertRefused("is another one now, and this server does not look at files: restart it");
        model.files().follow();
        Files.delete(file);
        assertRefused("is not there: put it back");
    }

    private void assertRefused(String reason) {
        assertThatThrownBy(() -> add("1"))
                .hasMessage("nothing is changed, because the file of birds " + reason)
                .isInstanceOfSatisfying(RequestException.class, failure -> {
                    assertThat(failure.status()).isEqualTo(RequestException.NO_STORAGE);
                    assertThat(failure.more()).isEqualTo(Map.of("changed", false));
                });
    }

    @Test
    void noKeyIsTakenWhileTheFileHoldsAnIndexThatCannotBeUsed() throws Exception {
        open(true);
        add("1");
        replaceBy(3, 1);
        refresh();
        assertThat(model.staleness().orElseThrow()).contains("expected dim 2");
        assertThatThrownBy(() -> add("1"))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("the keys of birds stay: another process has replaced the file of the index");
        assertThat(setAside()).hasSize(1);
        replaceBy(2, 1);
        refresh();
        assertThat(model.keys().fixed()).isEmpty();
        assertThat(setAside()).hasSize(1);
        assertThat(add("2")).isEqualTo(1);
    }
}
