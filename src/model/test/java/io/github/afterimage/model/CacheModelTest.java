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
import io.github.afterimage.Oracle;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Pool;
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

/** Compares answers with the pool and equations (1) to (3) in double precision, on the network of this repository. */
class CacheModelTest {
    private static final Path NETWORK = Path.of("models/cifar10_resnet.onnx");
    private static final List<String> LAYERS = List.of("gap");
    private static final int KEYS = 60;
    private static final int CLASSES = 10;
    private static final long SEED = 5;
    private static final Pool TUNED = new Pool(20, 0.6, 0.7, 2, List.of(), 0.55, 0);
    private static final Pool ALONE = new Pool(20, 0, 0.9, 1, List.of(), 0.55, 0);

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

    private CacheIndex index(Network network, boolean memoryAlone) {
        Map<String, String> attributes =
                new HashMap<>(KeySource.of(network, memoryAlone).toAttributes());
        attributes.putAll(Map.of("theta", "20", "views", "1", "pool.one_view", "0.6 0.7 2", "pool.alone", "0 0.9 1"));
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

    @Test
    void aLearnedPictureIsAKeyOfItsNameAndCountsAtOnce() throws IOException {
        Image picture = Image.read(Path.of("models/pictures/ship.png"));
        try (CacheModel model = CacheModel.open(NETWORK, file)) {
            double before = model.classify(picture).memory()[3];
            long id = model.learn(picture, 3, "ship.png").first();
            Classification after =
                    model.classify(ModelQuery.of(picture).neighbors(1)).get(0);
            assertThat(after.memory()[3]).isGreaterThan(before);
            assertThat(after.neighbors().get(0).id()).isEqualTo(id);
            assertThat(after.neighbors().get(0).name()).isEqualTo("ship.png");
            assertIllegalArgument(() -> model.learn(picture, CLASSES, "")).hasMessageContaining("10");
        }
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
            assertThat(answer.candidate(11).probability()).isZero(); // the memory has no key of it

            FloatBuffer taught = FloatBuffer.allocate(sparedModel.network().dim());
            sparedModel.network().run(1, FloatBuffer.wrap(inputs), taught, null);
            sparedModel.index().nameClass(11, "bird");
            sparedModel.index().add(KeyBatch.of(taught.flip(), new int[] {11}));
            Classification after =
                    sparedModel.classify(ModelQuery.ofInputs(inputs)).get(0);
            assertThat(after.candidate(11).name()).isEqualTo("bird");
            assertThat(after.candidate(11).network()).isZero();
            assertThat(after.candidate(11).probability()).isPositive();
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
        Mixture halves = new Mixture(20, 0.5);
        try (CacheModel all = CacheModel.open(NETWORK, file);
                CacheModel model = CacheModel.open(NETWORK, CacheIndex.open(part), NetworkSettings.defaults())) {
            assertThat(KeySource.of(model.index()).orElseThrow().classes()).isEqualTo(classes);
            Classification expected = all.classify(ModelQuery.ofInputs(inputs)).get(0);
            Classification answer =
                    model.classify(ModelQuery.ofInputs(inputs).rule(halves)).get(0);
            double sum = classes.stream()
                    .mapToDouble(c -> expected.candidate(c).network())
                    .sum();
            for (int c = 0; c < 3; c++) {
                double network = expected.candidate(classes.get(c)).network() / sum;
                assertThat(answer.candidate(c).network()).isCloseTo(network, within(1e-5));
                assertThat(answer.candidate(c).probability())
                        .isCloseTo((network + answer.candidate(c).memory()) / 2, within(1e-5));
            }
            assertIllegalArgument(() -> new CacheModel(all.network(), model.index()))
                    .hasMessageContaining("was opened with classes []: expected those of the index, [7, 2, 5]");
            try (DifferentiableNetwork network =
                    DifferentiableModel.network(NETWORK, model.index(), NetworkSettings.defaults())) {
                DifferentiableModel.Answer differentiable =
                        new DifferentiableModel(network, model.index(), halves).answer(FloatBuffer.wrap(inputs));
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
                assertIllegalArgument(() -> CacheModel.open(NETWORK, index, NetworkSettings.defaults()))
                        .hasMessageContaining("network.classes is \"7,two\": expected numbers");
            }
        }
    }

    @Test
    void theAnswerIsTheDefinition() throws IOException {
        int batch = 3;
        float[] inputs = inputs(batch, SEED + 1);
        try (CacheModel model = CacheModel.open(NETWORK, file)) {
            assertThat(model.calibration().rule()).isEqualTo(TUNED);
            FloatBuffer queries = FloatBuffer.allocate(batch * model.network().dim());
            FloatBuffer alone = FloatBuffer.allocate(batch * CLASSES);
            model.network().run(batch, FloatBuffer.wrap(inputs), queries, alone);
            double[][] unit = Oracle.unit(queries.array(), model.network().dim());
            Oracle oracle = new Oracle(features, labels, model.network().dim(), CLASSES);
            ModelQuery query = ModelQuery.ofInputs(inputs).neighbors(KEYS);
            List<Classification> answers = model.classify(query);
            List<Classification> mixed = model.classify(query.rule(new Mixture(20, 0.4)));
            for (int i = 0; i < batch; i++) {
                Classification answer = answers.get(i);
                double[] similar = oracle.probabilities(unit[i], 20);
                double[] expected = pooled(TUNED, alone.array(), i * CLASSES, oracle, unit[i]);
                double[] memory = pooled(ALONE, alone.array(), i * CLASSES, oracle, unit[i]);
                double[] shares = new double[CLASSES];
                answer.neighbors().forEach(key -> {
                    assertThat(key.name()).isEqualTo("image " + key.id());
                    assertThat(key.label()).isEqualTo(labels[(int) key.id()]);
                    shares[key.label()] += key.share();
                });
                for (int c = 0; c < CLASSES; c++) {
                    double network = alone.get(i * CLASSES + c);
                    assertThat(answer.probabilities()[c]).isCloseTo(expected[c], within(2e-5));
                    assertThat(answer.memory()[c]).isCloseTo(memory[c], within(2e-5));
                    assertThat(answer.network()[c]).isCloseTo((float) network, within(1e-6f));
                    assertThat(shares[c]).isCloseTo(oracle.count(c) == 0 ? 0 : 1, within(2e-5));
                    assertThat(mixed.get(i).memory()[c]).isCloseTo(similar[c], within(2e-5));
                    assertThat(mixed.get(i).probabilities()[c])
                            .isCloseTo(0.6 * network + 0.4 * similar[c], within(2e-5));
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

    private static double[] pooled(Pool pool, float[] network, int first, Oracle oracle, double[] query) {
        double[] evidence = oracle.logEvidence(query, pool.theta());
        double[] directions = oracle.directions(query);
        double[] p = IntStream.range(0, CLASSES)
                .mapToDouble(c -> Math.exp(pool.network() * Math.log(network[first + c])
                        + pool.memory() * evidence[c]
                        + pool.direction() * directions[c]))
                .toArray();
        double total = Arrays.stream(p).sum();
        double[] similar = oracle.probabilities(query, pool.theta());
        double recognition = oracle.recognition(query, pool.theta(), pool.background());
        return IntStream.range(0, CLASSES)
                .mapToDouble(c -> (1 - recognition) * p[c] / total + recognition * similar[c])
                .toArray();
    }

    @Test
    void twoViewsAreTheGeometricMeanOfTheImageAndItsMirror() throws IOException {
        float[] inputs = inputs(3, SEED + 1);
        float[] mirrored = new float[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            mirrored[i] = inputs[i / 32 * 32 + 31 - i % 32];
        }
        for (int batch : new int[] {1, 2, 32}) {
            NetworkSettings settings = NetworkSettings.defaults().withBatch(batch);
            try (CacheModel two = CacheModel.open(NETWORK, CacheIndex.open(file), settings.withViews(2));
                    Network one = Network.open(NETWORK, LAYERS)) {
                FloatBuffer of = FloatBuffer.allocate(3 * CLASSES);
                FloatBuffer ofMirrors = FloatBuffer.allocate(3 * CLASSES);
                FloatBuffer keys = FloatBuffer.allocate(3 * one.dim());
                one.run(3, FloatBuffer.wrap(inputs), keys, of);
                one.run(3, FloatBuffer.wrap(mirrored), null, ofMirrors);
                List<Classification> answers = two.classify(ModelQuery.ofInputs(inputs));
                FloatBuffer seen = two.features(ModelQuery.ofInputs(inputs));
                for (int i = 0; i < 3; i++) {
                    double total = 0;
                    double[] mean = new double[CLASSES];
                    for (int c = 0; c < CLASSES; c++) {
                        mean[c] = Math.sqrt((double) of.get(i * CLASSES + c) * ofMirrors.get(i * CLASSES + c));
                        total += mean[c];
                    }
                    for (int c = 0; c < CLASSES; c++) {
                        assertThat((double) answers.get(i).network()[c]).isCloseTo(mean[c] / total, within(1e-5));
                    }
                    assertThat(seen.get(i * one.dim())).isCloseTo(keys.get(i * one.dim()), within(1e-5f));
                }
            }
        }
    }

    @Test
    void anIndexThatNobodyTunedAnswersWithTheUsualWeightsOnTwoViews() throws IOException {
        try (Network network = Network.open(NETWORK, LAYERS);
                CacheIndex index = index(network, false)) {
            Map<String, String> attributes = new HashMap<>(index.attributes());
            attributes.keySet().removeIf(name -> name.matches("theta|views|pool.*"));
            index.files().save(file, attributes);
        }
        try (CacheModel model = CacheModel.open(NETWORK, file)) {
            assertThat(model.network().views()).isEqualTo(2);
            assertThat(model.calibration().tuned()).isFalse();
            assertThat(model.calibration().rule()).isEqualTo(new Pool(40, 0.5, 0.25, 0, List.of(), 0.55, 5_000));
            assertThat(model.classify(ModelQuery.ofInputs(inputs(1, SEED)))
                            .get(0)
                            .probability())
                    .isPositive();
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
        Mixture own = new Mixture(7, 0.9);
        try (CacheModel model = CacheModel.open(NETWORK, file)) {
            FloatBuffer queries = FloatBuffer.allocate(2 * model.network().dim());
            FloatBuffer alone = FloatBuffer.allocate(2 * CLASSES);
            model.network().run(2, FloatBuffer.wrap(inputs), queries, alone);
            queries.flip();
            alone.flip();
            Classification expected =
                    model.classify(ModelQuery.ofInputs(inputs).rule(own)).get(1);
            Classification answer = model.classify(
                            ModelQuery.ofFeatures(queries, alone).rule(own))
                    .get(1);
            assertThat(answer.probabilities()).isEqualTo(expected.probabilities());
            assertThat(answer.probability())
                    .isNotEqualTo(model.classify(ModelQuery.ofFeatures(queries, alone))
                            .get(1)
                            .probability());
            Classification cacheAlone =
                    model.classify(ModelQuery.ofFeatures(queries)).get(1);
            assertThat(cacheAlone.hasNetwork()).isFalse();
            assertThat(cacheAlone.probabilities()).isEqualTo(cacheAlone.memory());
            assertIllegalArgument(() -> model.classify(ModelQuery.ofFeatures(queries, FloatBuffer.allocate(3))))
                    .hasMessage("the network's probabilities hold 3 values: expected 2 rows x 10 classes");
            assertThatThrownBy(() -> model.classify(ModelQuery.ofFeatures(FloatBuffer.allocate(3))))
                    .hasMessageContaining("features hold 3 values: expected a multiple of dim");
        }
    }

    @Test
    void anExampleThatIsAddedCountsForTheNextImage() throws IOException {
        float[] inputs = inputs(1, SEED + 3);
        try (CacheModel model = CacheModel.open(NETWORK, file)) {
            ModelQuery query = ModelQuery.ofInputs(inputs).neighbors(1).rule(new Mixture(1000, 1));
            int label = (model.classify(query).get(0).label() + 1) % CLASSES;
            FloatBuffer key = model.features(query);
            model.index().add(KeyBatch.of(key, new int[] {label}).names(List.of("new")));
            Classification answer = model.classify(query).get(0);
            assertThat(answer.label()).isEqualTo(label);
            assertThat(answer.neighbors().get(0).name()).isEqualTo("new");
            assertThat(answer.logMass()).isGreaterThan(-1e-2);
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
            assertIllegalArgument(() -> new CacheModel(otherLayers, index))
                    .hasMessageContaining("was opened with layers [stage3_block2]: expected those of the index, [gap]");
            assertIllegalArgument(() -> new CacheModel(otherInput, index))
                    .hasMessageContaining("was opened with preprocessing");
            assertIllegalArgument(() -> new CacheModel(otherLayers, ofFeatures))
                    .hasMessageContaining("10 classes: expected the index's 3 and 10");
            ofFeatures.save(folder.resolve("features.safetensors"));
            assertIllegalArgument(() -> CacheModel.open(NETWORK, folder.resolve("features.safetensors")))
                    .hasMessageContaining("the index was made from features, not with a network");
            assertThat(index.size()).isEqualTo(KEYS);
            assertThat(otherLayers.inputSize()).isEqualTo(3072);
            otherLayers.run(0, FloatBuffer.allocate(0), null, null);
        }
    }

    @Test
    void whereTheNetworkHasOtherClassesTheMemoryAnswersAlone() throws IOException {
        Network network = Network.open(NETWORK, LAYERS);
        CacheIndex index = index(network, true);
        try (CacheModel model = new CacheModel(network, index)) {
            assertIllegalArgument(() ->
                            model.classify(ModelQuery.ofInputs(inputs(1, SEED)).rule(TUNED)))
                    .hasMessageContaining("a weight for the network: expected none");
            Classification answer =
                    model.classify(ModelQuery.ofInputs(inputs(1, SEED))).get(0);
            assertThat(model.isAlone()).isTrue();
            assertThat(answer.hasNetwork()).isFalse();
            assertThat(answer.candidate(0).network()).isNaN();
            assertThat(answer.label()).isEqualTo(answer.memoryLabel());
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
