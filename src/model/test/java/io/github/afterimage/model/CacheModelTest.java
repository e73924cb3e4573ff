package io.github.afterimage.model;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Oracle;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares answers with equations (1) to (3) in double precision, on the network of this repository. */
class CacheModelTest {
    private static final Path NETWORK = Path.of("models/cifar10_resnet.onnx");
    private static final List<String> LAYERS = List.of("gap");
    private static final int KEYS = 60;
    private static final int CLASSES = 10;
    private static final long SEED = 5;
    private static final Hyperparameters TUNED = new Hyperparameters(20, 0.4);

    private final long bytesBefore = MemoryUse.bytes();
    private final int[] labels = new Random(SEED).ints(KEYS, 0, CLASSES).toArray();

    @TempDir
    private Path folder;

    private Path file;
    private float[] features;

    private static float[] inputs(int count, long seed) {
        Random random = new Random(seed);
        float[] inputs = new float[count * 3072];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = random.nextFloat();
        }
        return inputs;
    }

    /** Saves an index of random images, as the build command makes it. */
    @BeforeEach
    void save() throws IOException {
        file = folder.resolve("cache.safetensors");
        try (Network network = Network.open(NETWORK, LAYERS);
                CacheIndex index = index(network, false)) {
            index.save(file);
        }
    }

    private CacheIndex index(Network network, boolean cacheOnly) {
        Map<String, String> attributes =
                new HashMap<>(KeySource.of(network, cacheOnly).toAttributes());
        attributes.putAll(TUNED.attributes());
        CacheIndex index = new CacheIndexBuilder(network.dim(), CLASSES)
                .attributes(attributes)
                .build();
        FloatBuffer keys = FloatBuffer.allocate(KEYS * network.dim());
        network.run(KEYS, FloatBuffer.wrap(inputs(KEYS, SEED)), keys, null);
        features = keys.array();
        List<String> names = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
            names.add("image " + key);
        }
        index.add(KeyBatch.of(features, labels).names(names));
        return index;
    }

    @AfterEach
    void nothingIsLeaked() {
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
    }

    private static CacheModel open(Path index, Hyperparameters hyperparameters) throws IOException {
        return CacheModel.open(NETWORK, CacheIndex.open(index), hyperparameters, NetworkSettings.defaults());
    }

    @Test
    void theNetworkGivesSpareClassesNothingAndTheirNamesShowAtOnce() throws IOException {
        Path spared = folder.resolve("spared.safetensors");
        try (CacheIndex index = CacheIndex.open(file);
                CacheIndex more = new CacheIndexBuilder(index.dim(), CLASSES)
                        .attributes(index.attributes())
                        .spareClasses(2)
                        .build()) {
            more.add(features, labels);
            more.save(spared);
        }
        float[] inputs = inputs(1, SEED + 1);
        try (CacheModel model = CacheModel.open(NETWORK, file);
                CacheModel sparedModel = CacheModel.open(NETWORK, spared)) {
            Classification expected =
                    model.classify(ModelQuery.ofInputs(inputs)).get(0);
            Classification answer =
                    sparedModel.classify(ModelQuery.ofInputs(inputs)).get(0);
            assertThat(answer.classes()).isEqualTo(CLASSES + 2);
            for (int c = 0; c < CLASSES; c++) {
                assertThat(answer.candidate(c).probability())
                        .isCloseTo(expected.candidate(c).probability(), within(1e-6));
            }
            assertThat(answer.candidate(11).network()).isZero();
            assertThat(answer.candidate(11).probability()).isZero();

            FloatBuffer taught = FloatBuffer.allocate(sparedModel.network().dim());
            sparedModel.network().run(1, FloatBuffer.wrap(inputs), taught, null);
            sparedModel.index().nameClass(11, "bird");
            sparedModel.index().add(KeyBatch.of(taught.flip(), new int[] {11}));
            Classification after =
                    sparedModel.classify(ModelQuery.ofInputs(inputs)).get(0);
            assertThat(after.candidate(11).name()).isEqualTo("bird");
            assertThat(after.candidate(11).network()).isZero();
            assertThat(after.candidate(11).probability())
                    .isCloseTo(after.candidate(11).cache(), within(1e-6))
                    .isPositive();
            assertThat(Arrays.stream(after.probabilities()).sum()).isCloseTo(1, within(1e-6));
            assertThat(answer.candidate(11).name()).isEqualTo("spare 2");
            assertIllegalArgument(
                            () -> DifferentiableModel.network(NETWORK, sparedModel.index(), NetworkSettings.defaults()))
                    .hasMessageContaining("the index has 2 spare classes");
        }
    }

    @Test
    void anIndexOfAPartOfTheClassesKeepsWhichTheyAre() throws IOException {
        List<Integer> classes = List.of(7, 2, 5);
        float[] inputs = inputs(1, SEED + 1);
        Path part = folder.resolve("part.safetensors");
        try (Network network =
                        Network.open(NETWORK, LAYERS, NetworkSettings.defaults().withClasses(classes));
                CacheIndex index = new CacheIndexBuilder(network.dim(), classes.size())
                        .attributes(KeySource.of(network, false).toAttributes())
                        .build()) {
            index.add(features, IntStream.range(0, KEYS).map(key -> key % 3).toArray());
            index.save(part);
        }
        Hyperparameters halves = new Hyperparameters(20, 0.5);
        try (CacheModel all = CacheModel.open(NETWORK, file);
                CacheModel model = open(part, halves)) {
            assertThat(KeySource.of(model.index()).orElseThrow().classes()).isEqualTo(classes);
            Classification expected = all.classify(ModelQuery.ofInputs(inputs)).get(0);
            Classification answer = model.classify(ModelQuery.ofInputs(inputs)).get(0);
            double sum = classes.stream()
                    .mapToDouble(c -> expected.candidate(c).network())
                    .sum();
            for (int c = 0; c < 3; c++) {
                double network = expected.candidate(classes.get(c)).network() / sum;
                assertThat(answer.candidate(c).network()).isCloseTo(network, within(1e-5));
                assertThat(answer.candidate(c).probability())
                        .isCloseTo((network + answer.candidate(c).cache()) / 2, within(1e-5));
            }
            assertIllegalArgument(() -> new CacheModel(all.network(), model.index(), TUNED))
                    .hasMessageContaining("was opened with classes []: expected those of the index, [7, 2, 5]");
            try (DifferentiableNetwork network =
                    DifferentiableModel.network(NETWORK, model.index(), NetworkSettings.defaults())) {
                DifferentiableModel.Answer differentiable = new DifferentiableModel(
                                network, model.index(), model.hyperparameters())
                        .answer(FloatBuffer.wrap(inputs));
                for (int c = 0; c < 3; c++) {
                    assertThat(differentiable.probability(0, c))
                            .isCloseTo(answer.candidate(c).probability(), within(1e-5));
                }
            }
            Map<String, String> damaged = new HashMap<>(model.index().attributes());
            damaged.put("network.classes", "7,two");
            try (CacheIndex index = new CacheIndexBuilder(model.index().dim(), 3)
                    .attributes(damaged)
                    .build()) {
                assertIllegalArgument(() -> CacheModel.open(NETWORK, index, halves, NetworkSettings.defaults()))
                        .hasMessageContaining("network.classes is \"7,two\": expected numbers");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 6})
    void theAnswerIsTheDefinition(double beta) throws IOException {
        int batch = 3;
        float[] inputs = inputs(batch, SEED + 1);
        try (CacheModel model = CacheModel.open(NETWORK, file)) {
            FloatBuffer queries = FloatBuffer.allocate(batch * model.network().dim());
            FloatBuffer alone = FloatBuffer.allocate(batch * CLASSES);
            model.network().run(batch, FloatBuffer.wrap(inputs), queries, alone);
            double[][] unit = Oracle.unit(queries.array(), model.network().dim());
            Oracle oracle = new Oracle(features, labels, model.network().dim(), CLASSES);
            List<Classification> answers = model.classify(ModelQuery.ofInputs(inputs)
                    .neighbors(KEYS)
                    .hyperparameters(new Hyperparameters(TUNED.theta(), TUNED.lambda(), beta)));
            for (int i = 0; i < batch; i++) {
                Classification answer = answers.get(i);
                double[] cache = oracle.probabilities(unit[i], TUNED.theta(), beta);
                double[] similar = oracle.probabilities(unit[i], TUNED.theta());
                double[] shares = new double[CLASSES];
                answer.neighbors().forEach(key -> {
                    assertThat(key.name()).isEqualTo("image " + key.id());
                    assertThat(key.label()).isEqualTo(labels[(int) key.id()]);
                    shares[key.label()] += key.share();
                });
                for (int c = 0; c < CLASSES; c++) {
                    double network = alone.get(i * CLASSES + c);
                    assertThat(answer.cache()[c]).isCloseTo((float) cache[c], within(2e-5f));
                    assertThat(shares[c]).isCloseTo(cache[c], within(2e-5));
                    Classification.Candidate candidate = answer.candidate(c);
                    assertThat(candidate.similarKeys()).isCloseTo(similar[c], within(2e-5));
                    assertThat(candidate.similarKeys() * candidate.classFactor())
                            .isCloseTo(cache[c], within(2e-5));
                    assertThat(answer.network()[c]).isCloseTo((float) network, within(1e-6f));
                    assertThat(answer.probabilities()[c])
                            .isCloseTo((1 - TUNED.lambda()) * network + TUNED.lambda() * cache[c], within(2e-5));
                }
                assertThat(answer.logMass()).isLessThan(Math.log(KEYS));
                List<Classification.Candidate> best = answer.best(100);
                assertThat(best)
                        .hasSize(CLASSES)
                        .isSortedAccordingTo(Comparator.comparing(candidate -> -candidate.probability()));
                assertThat(best.get(0).label()).isEqualTo(answer.label());
                assertThat(answer.best(1)).containsExactly(answer.candidate(answer.label()));
                assertThat(answer.name()).isEqualTo("class " + answer.label());
                assertThatThrownBy(() -> answer.best(0)).hasMessageContaining("n 0: expected a positive number");
            }
        }
    }

    @Test
    void theModelHasTheClassFactorOfItsIndex() throws IOException {
        Hyperparameters tuned = new Hyperparameters(20, 1, 6);
        try (CacheIndex index = CacheIndex.open(file)) {
            Map<String, String> attributes = new HashMap<>(index.attributes());
            attributes.putAll(tuned.attributes());
            index.files().save(file, attributes);
        }
        float[] inputs = inputs(1, SEED + 1);
        try (CacheModel model = CacheModel.open(NETWORK, file)) {
            assertThat(model.hyperparameters()).isEqualTo(tuned);
            ModelQuery query = ModelQuery.ofInputs(inputs);
            float[] expected =
                    model.classify(query.hyperparameters(tuned)).get(0).cache();
            assertThat(model.classify(query).get(0).cache()).isEqualTo(expected);
            assertThat(model.classify(query.hyperparameters(TUNED)).get(0).cache())
                    .isNotEqualTo(expected);
        }
    }

    @Test
    void imagesArraysAndBuffersOfEveryKindGetTheSameAnswer() throws IOException {
        float[] inputs = inputs(1, SEED + 2);
        FloatBuffer direct = ByteBuffer.allocateDirect(inputs.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .put(inputs)
                .flip();
        try (CacheModel model = CacheModel.open(NETWORK, file)) {
            Image image = Image.of(32, 32, inputs);
            double[] expected = model.classify(image).probabilities();
            assertThat(model.classify(ModelQuery.ofInputs(inputs)).get(0).probabilities())
                    .isEqualTo(expected);
            assertThat(model.classify(ModelQuery.ofInputs(direct)).get(0).probabilities())
                    .isEqualTo(expected);
            assertThat(model.classify(List.of(image, image))
                            .get(1)
                            .best(1)
                            .get(0)
                            .probability())
                    .isCloseTo(model.classify(image).probability(), within(1e-5));
            assertThat(direct.position()).isZero();
            assertThat(model.classify(List.of())).isEmpty();
            assertThat(model.classify(image).neighbors()).isEmpty();
            assertIllegalArgument(() -> model.classify(ModelQuery.ofInputs(new float[5])))
                    .hasMessage("inputs hold 5 values: expected a multiple of the network's 3072");
            assertIllegalArgument(() -> ModelQuery.ofInputs(direct).neighbors(-1));
        }
    }

    @Test
    void featuresThatTheNetworkGaveBeforeGetTheSameAnswer() throws IOException {
        float[] inputs = inputs(2, SEED + 4);
        Hyperparameters own = new Hyperparameters(7, 0.9);
        try (CacheModel model = CacheModel.open(NETWORK, file)) {
            FloatBuffer queries = FloatBuffer.allocate(2 * model.network().dim());
            FloatBuffer alone = FloatBuffer.allocate(2 * CLASSES);
            model.network().run(2, FloatBuffer.wrap(inputs), queries, alone);
            queries.flip();
            alone.flip();
            Classification expected = model.classify(ModelQuery.ofInputs(inputs).hyperparameters(own))
                    .get(1);
            Classification answer = model.classify(
                            ModelQuery.ofFeatures(queries, alone).hyperparameters(own))
                    .get(1);
            assertThat(answer.probabilities()).isEqualTo(expected.probabilities());
            assertThat(answer.probability())
                    .isNotEqualTo(model.classify(ModelQuery.ofFeatures(queries, alone))
                            .get(1)
                            .probability());
            Classification cacheAlone =
                    model.classify(ModelQuery.ofFeatures(queries)).get(1);
            assertThat(cacheAlone.hasNetwork()).isFalse();
            assertThat(cacheAlone.probabilities()[3]).isEqualTo(cacheAlone.cache()[3]);
            assertIllegalArgument(() -> model.classify(ModelQuery.ofFeatures(queries, FloatBuffer.allocate(3))))
                    .hasMessage("the network's probabilities hold 3 values: expected 2 rows x 10 classes");
            assertThatThrownBy(() -> model.classify(ModelQuery.ofFeatures(FloatBuffer.allocate(3))))
                    .hasMessageContaining("features hold 3 values: expected a multiple of dim");
        }
    }

    @Test
    void anExampleThatIsAddedCountsForTheNextImage() throws IOException {
        float[] inputs = inputs(1, SEED + 3);
        try (CacheModel model = open(file, new Hyperparameters(1000, 1))) {
            int label = (model.classify(ModelQuery.ofInputs(inputs)).get(0).label() + 1) % CLASSES;
            FloatBuffer query = FloatBuffer.allocate(model.network().dim());
            model.network().run(1, FloatBuffer.wrap(inputs), query, null);
            model.index().add(KeyBatch.of(query.flip(), new int[] {label}).names(List.of("new")));
            Classification answer =
                    model.classify(ModelQuery.ofInputs(inputs).neighbors(1)).get(0);
            assertThat(answer.label()).isEqualTo(label);
            assertThat(answer.neighbors().get(0).name()).isEqualTo("new");
            assertThat(answer.logMass()).isGreaterThan(-1e-2);
        }
    }

    @Test
    void optionsReplaceTheStoredHyperparametersAndChooseTheThreads() throws IOException {
        Hyperparameters own = new Hyperparameters(3, 1);
        CacheIndex index = CacheIndex.open(file, new OpenOptions().threads(1).load(false));
        NetworkSettings settings = NetworkSettings.defaults().withThreads(1);
        try (CacheModel model = CacheModel.open(NETWORK, index, own, settings)) {
            assertThat(model.hyperparameters()).isEqualTo(own);
            assertThat(model.network().settings().threads()).isEqualTo(1);
            Classification answer =
                    model.classify(ModelQuery.ofInputs(inputs(1, SEED))).get(0);
            assertThat(answer.probability()).isEqualTo(answer.cache()[answer.label()]);
        }
    }

    @Test
    void aNetworkThatDoesNotFitTheIndexIsRefusedAndBothStayOpen() throws IOException {
        try (CacheIndex index = CacheIndex.open(file);
                Network otherLayers = Network.open(NETWORK, List.of("stage3_block2"));
                Network otherInput = Network.open(
                        NETWORK,
                        LAYERS,
                        NetworkSettings.defaults().withPreprocessing(Preprocessing.parse("mean=0.5")));
                CacheIndex ofFeatures = new CacheIndexBuilder(3, CLASSES).build()) {
            assertIllegalArgument(() -> new CacheModel(otherLayers, index, TUNED))
                    .hasMessageContaining("was opened with layers [stage3_block2]: expected those of the index, [gap]");
            assertIllegalArgument(() -> new CacheModel(otherInput, index, TUNED))
                    .hasMessageContaining("was opened with preprocessing");
            assertIllegalArgument(() -> new CacheModel(otherLayers, ofFeatures, TUNED))
                    .hasMessageContaining("10 classes: expected the index's 3 and 10");
            ofFeatures.save(folder.resolve("features.safetensors"));
            assertIllegalArgument(() -> CacheModel.open(NETWORK, folder.resolve("features.safetensors")))
                    .hasMessageContaining("the index has no theta and lambda: run tune --save");
            assertThat(index.size()).isEqualTo(KEYS);
            assertThat(otherLayers.inputSize()).isEqualTo(3072);
            otherLayers.run(0, FloatBuffer.allocate(0), null, null);
        }
    }

    @Test
    void whereTheNetworkHasOtherClassesTheCacheAnswersAlone() throws IOException {
        Network network = Network.open(NETWORK, LAYERS);
        CacheIndex index = index(network, true);
        assertIllegalArgument(() -> new CacheModel(network, index, TUNED))
                .hasMessageContaining("lambda 0.4: expected 1");
        try (CacheModel model = new CacheModel(network, index, new Hyperparameters(20, 1))) {
            Classification answer =
                    model.classify(ModelQuery.ofInputs(inputs(1, SEED))).get(0);
            assertThat(model.isCacheOnly()).isTrue();
            assertThat(answer.hasNetwork()).isFalse();
            assertThat(answer.candidate(0).network()).isNaN();
            assertThat(answer.label()).isEqualTo(answer.cacheLabel());
            assertIllegalState(answer::network);
            assertIllegalState(answer::networkLabel);
        }
    }

    @Test
    void closingTheModelClosesItsNetworkAndItsIndex() throws IOException {
        CacheModel model = CacheModel.open(NETWORK, file);
        model.close();
        model.close();
        assertIllegalState(() -> model.classify(ModelQuery.ofInputs(inputs(1, SEED))));
        assertIllegalState(() -> model.index().size());
        assertIllegalState(() -> model.classify(Collections.nCopies(1, Image.of(32, 32, inputs(1, SEED)))));
    }
}
