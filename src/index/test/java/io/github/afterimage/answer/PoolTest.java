package io.github.afterimage.answer;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Oracle;
import io.github.afterimage.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The probabilities of a pool are those of its definition, computed from the keys in double precision. */
class PoolTest {
    private static final int DIM = 12;
    private static final int CLASSES = 5;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private float[] network(int known) {
        float[] p = new float[known];
        float total = 0;
        for (int c = 0; c < known; c++) {
            p[c] = (float) Math.exp(3 * random.nextGaussian());
            total += p[c];
        }
        for (int c = 0; c < known; c++) {
            p[c] /= total;
        }
        return p;
    }

    /** Writes the definition down once more. */
    private static double[] expected(Pool pool, float[] network, Oracle oracle, double[] query) {
        double[] evidence = oracle.logEvidence(query, pool.theta());
        double[] directions = oracle.directions(query);
        double[] ofMemory = oracle.probabilities(query, pool.theta());
        double[] p = new double[evidence.length];
        double[] ofNew = oracle.logEvidence(query, pool.theta(), 5);
        double all = IntStream.range(0, p.length)
                .filter(c -> c < network.length || oracle.count(c) > 0)
                .mapToDouble(c -> Math.exp(ofNew[c]))
                .sum();
        double u = 0;
        for (int c = network.length; c < p.length; c++) {
            p[c] = oracle.count(c) == 0 ? 0 : Math.exp(ofNew[c]) / all;
            u += p[c];
        }
        double n = oracle.keys();
        double trust = pool.fewKeys() == 0 ? 1 : n * n / (n * n + pool.fewKeys() * pool.fewKeys());
        double ofNetwork = pool.network() == 0 ? 0 : 1 - trust * (1 - pool.network());
        double[] logs = new double[network.length];
        for (int c = 0; c < network.length; c++) {
            double share = pool.shares().isEmpty()
                    ? 1
                    : c < pool.shares().size()
                            ? pool.shares().get(c)
                            : 1.0 / pool.shares().size();
            logs[c] = ofNetwork * Math.log(Math.max(network[c], Float.MIN_NORMAL))
                    + trust * pool.memory() * evidence[c]
                    + trust * pool.direction() * directions[c]
                    + Math.log(share);
        }
        double greatest = Arrays.stream(logs).max().orElse(0);
        double z = Arrays.stream(logs).map(log -> Math.exp(log - greatest)).sum();
        for (int c = 0; c < network.length; c++) {
            p[c] = (1 - u) * Math.exp(logs[c] - greatest) / z;
        }
        double recognition = oracle.recognition(query, pool.theta(), pool.background());
        for (int c = 0; c < p.length; c++) {
            p[c] += recognition * (ofMemory[c] - p[c]);
        }
        return p;
    }

    private static Answer.Row row(CacheIndex index, double theta, float[] query) {
        return index.answer(Query.of(query).thetas(theta).evidence(true)).row(0);
    }

    private static void assertDistribution(double[] p) {
        assertThat(Arrays.stream(p).boxed()).allMatch(each -> each >= 0 && each <= 1);
        assertThat(Arrays.stream(p).sum()).isCloseTo(1, within(1e-6));
    }

    @Test
    void probabilitiesAreThoseOfTheDefinition() {
        Problem problem = Problem.random(random.nextInt(1000), 150, DIM, CLASSES, 20);
        double[][] queries = Oracle.unit(problem.queries(), DIM);
        List<Double> shares = List.of(0.5, 0.2, 0.15, 0.1, 0.05);
        try (CacheIndex index = problem.index()) {
            for (Pool pool : List.of(
                    new Pool(0, 0.5, 0.25, 0),
                    new Pool(40, 0.5, 0.25, 0),
                    new Pool(7, 1.5, 0, 3),
                    new Pool(80, 0.3, 0.7, 2, shares),
                    new Pool(40, 0.7, 0.3, 1, List.of(), 0.8, 100),
                    new Pool(30, 0.7, 0.3, 1, shares, 0.6, 0),
                    Pool.USUAL,
                    new Pool(25, 0, 1, 0, shares.subList(0, 3)),
                    new Pool(25, 0, 0, 0))) {
                Answer answer = index.answer(
                        Query.of(problem.queries()).thetas(pool.theta()).evidence(true));
                for (int q = 0; q < queries.length; q++) {
                    for (int known : new int[] {CLASSES, 3, 1}) { // the last classes are those of the memory alone
                        float[] network = network(known);
                        network[0] = q % 2 == 0 ? 0 : network[0];
                        double[] p = pool.probabilities(network, answer.row(q));
                        assertDistribution(p);
                        assertThat(p)
                                .as("seed %d, %s, %s, %d known", seed, problem, pool, known)
                                .containsExactly(expected(pool, network, problem.oracle(), queries[q]), within(1e-4));
                    }
                }
            }
        }
    }

    @Test
    void aMemoryAloneAnswersByItsEvidenceForAllClasses() {
        Problem problem = Problem.random(3, 150, DIM, CLASSES, 1);
        double[] query = Oracle.unit(problem.queries(), DIM)[0];
        Pool alone = new Pool(30, 0, 0.5, 1);
        float[] even = new float[CLASSES];
        Arrays.fill(even, 1);
        try (CacheIndex index = problem.index()) {
            Answer.Row row = row(index, 30, problem.queries());
            assertThat(alone.alone(row)).containsExactly(expected(alone, even, problem.oracle(), query), within(1e-5));
            assertThat(alone.probabilities(even, row)).isEqualTo(alone.alone(row));
            assertIllegalArgument(() -> new Pool(30, 0.5, 0.5, 0).alone(row))
                    .hasMessageContaining("the network has the weight 0.5");
            Answer.Row plain = index.query(problem.queries(), 30).row(0);
            assertIllegalState(() -> alone.alone(plain)).hasMessageContaining("Query.evidence");
        }
    }

    /** A float32 probability of 0 is less than 1e-38, not impossible: the memory may still see the class. */
    @Test
    void aProbabilityOfZeroInFloat32IsNoVeto() {
        float[] sure = {1, 0, 0};
        Answer.Row row = FakeMemory.answer(3, 0.01f, 0.98f, 0.01f).row(0);
        assertDistribution(Pool.USUAL.probabilities(sure, row));
        assertThat(ArgMax.of(Pool.USUAL.probabilities(sure, row))).isZero();
        double[] p = new Pool(40, 0.01, 2, 0).probabilities(sure, row);
        assertThat(ArgMax.of(p)).isEqualTo(1);
        assertDistribution(p);
        assertDistribution(new Pool(40, 1e6, 1e6, 1e6).probabilities(sure, row));
        assertDistribution(Pool.USUAL.probabilities(new float[3], row));
    }

    @Test
    void withoutTheKeysOfThreeClassesTheseHaveTheNetworksAnswer() {
        Problem problem = Problem.random(4, 300, DIM, CLASSES, 30);
        Pool pool = new Pool(40, 1, 0.25, 0);
        try (CacheIndex index = problem.index()) {
            index.remove(key -> key.label() < 3);
            Answer answer = index.answer(
                    Query.of(problem.queries()).thetas(pool.theta()).evidence(true));
            for (int q = 0; q < 30; q++) {
                float[] network = network(CLASSES);
                double[] p = pool.probabilities(network, answer.row(q));
                assertThat(Math.log(p[0] / p[1]))
                        .as("seed %d: the memory takes no side among classes without keys", seed)
                        .isCloseTo(Math.log((double) network[0] / network[1]), within(1e-9));
                assertThat(Math.log(p[0] / p[2])).isCloseTo(Math.log((double) network[0] / network[2]), within(1e-9));
                double change = Math.log(p[0] / network[0]) - Math.log(p[3] / network[3]);
                assertThat(Math.abs(change))
                        .as("a mean says little against a class")
                        .isLessThan(0.25 * Math.log(300 / 20.0 + 1) + 1e-6);
            }
        }
    }

    @Test
    void atAThetaOf0TheMemoryKnowsTheDirectionsOnlyAndAtAHugeOneTheNearestKey() {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 1, 0, 1, 0.1f, 0, 1}, new int[] {0, 0, 0, 1});
            float[] network = {0.3f, 0.7f};
            double[] p = new Pool(0, 1, 1, 0).probabilities(network, row(index, 0, new float[] {1, 0}));
            assertThat(p).containsExactly(new double[] {0.3, 0.7}, within(1e-6));
            for (double theta : new double[] {1e9, Double.MAX_VALUE}) {
                double[] huge = new Pool(theta, 1, 1, 0).probabilities(network, row(index, theta, new float[] {0, 1}));
                // S_c is 0 and 1 and n_c 3 and 1, so E_c is (0 + 20/4) / 23 and (1 + 20/4) / 21.
                double zero = 0.3 * 5 / 23;
                double one = 0.7 * 6 / 21;
                assertThat(huge).containsExactly(new double[] {zero / (zero + one), one / (zero + one)}, within(1e-6));
            }
        }
    }

    /** S_c / n_c stays, and the mean that a class is drawn to counts less. */
    @Test
    void anotherKeyForEachKeyChangesNoClassByMoreThanAFactor() {
        Problem problem = Problem.random(5, 2000, DIM, CLASSES, 10);
        Pool pool = new Pool(20, 0.5, 0.5, 1);
        double factor = Math.pow(2, pool.memory()) + 1e-4;
        try (CacheIndex index = problem.index()) {
            Query query = Query.of(problem.queries()).thetas(20).evidence(true);
            Answer before = index.answer(query);
            index.add(problem.keys(), problem.labels());
            Answer after = index.answer(query);
            for (int q = 0; q < 10; q++) {
                float[] network = network(CLASSES);
                double[] were = pool.probabilities(network, before.row(q));
                double[] are = pool.probabilities(network, after.row(q));
                for (int c = 0; c < CLASSES; c++) {
                    assertThat(are[c] / were[c]).as("seed %d", seed).isBetween(1 / factor, factor);
                }
            }
        }
    }

    /** The classes of the memory share float32 numbers whose sum may be more than 1. */
    @Test
    void noProbabilityIsNegativeWhereTheMemoryIsSureOfAClassThatTheNetworkLacks() {
        Answer.Row row = FakeMemory.answer(4, 0, 0, 0.60000002f, 0.40000003f).row(0);
        float[] network = {0.5f, 0.5f};
        for (AnswerRule rule : List.of(Pool.USUAL, new Mixture(40, 0.3))) {
            assertDistribution(rule.probabilities(network, row));
        }
    }

    @Test
    void refusesNumbersOutOfRange() {
        assertIllegalArgument(() -> new Pool(-1, 1, 1, 1)).hasMessageContaining("theta -1.0: expected a finite");
        assertIllegalArgument(() -> new Pool(1, Double.NaN, 1, 1)).hasMessageContaining("weight of the network NaN");
        assertIllegalArgument(() -> new Pool(1, 1, Double.POSITIVE_INFINITY, 1))
                .hasMessageContaining("weight of the memory Infinity");
        assertIllegalArgument(() -> new Pool(1, 1, 1, -0.1)).hasMessageContaining("weight of the directions -0.1");
        for (double share : new double[] {0, -1, 1.5, Double.NaN}) {
            assertIllegalArgument(() -> new Pool(1, 1, 1, 1, List.of(0.5, share)))
                    .hasMessage("share " + share + " of a class: expected more than 0 and at most 1");
        }
    }

    @Test
    void theMixtureOfThePaperAnswersWithoutEvidence() {
        Answer.Row row = FakeMemory.withoutEvidence(2, new float[] {0.2f, 0.8f}).row(0);
        Mixture mixture = new Mixture(40, 0.25);
        assertThat(mixture.needsEvidence()).isFalse();
        assertThat(Pool.USUAL.needsEvidence()).isTrue();
        assertThat(mixture.probabilities(new float[] {0.6f, 0.4f}, row))
                .containsExactly(new double[] {0.5, 0.5}, within(1e-7));
        assertThat(mixture.alone(row)).containsExactly(new double[] {0.2, 0.8}, within(1e-7));
        assertIllegalArgument(() -> new Mixture(40, 1.1)).hasMessage("lambda 1.1: expected 0 to 1");
        assertIllegalArgument(() -> new Mixture(-1, 0.5)).hasMessageContaining("theta -1.0");
    }
}
