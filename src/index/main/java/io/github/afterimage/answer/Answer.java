package io.github.afterimage.answer;

import io.github.afterimage.engine.ClassEvidence;
import io.github.afterimage.engine.NearestKeys;
import io.github.afterimage.engine.NormalizedSums;
import io.github.afterimage.keys.ClassMeans;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The results of a {@link Query}, all from the keys of one moment.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Answer.Row row = index.answer(Query.of(new float[index.dim()]).thetas(60).neighbors(5)).row(0);
 *     System.out.println("class " + row.best() + ", p " + row.probability(row.best()));
 *     for (Neighbor key : row.neighbors()) {
 *         System.out.println(key.name() + " has " + 100 * key.share() + " % of its class");
 *     }
 * }
 * }</pre>
 *
 * <p>A query with several θ has an answer for each: {@link #row} reads the first of them, and {@link #at} chooses another. The
 * probabilities are those of equations (1) and (2), or those of the rule of the index: {@link io.github.afterimage.CacheReader#query(Query)}.
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class Answer {
    private final List<Part> parts;
    private final int classes;
    /** Places of the thetas to read. */
    private final int[] chosen;

    private final long keys;
    private final long version;
    /** Makes the probabilities; null for those of equations (1) and (2). */
    private final @Nullable AnswerRule rule;

    /** Rows {@code first} to {@code first + count - 1} of the results of a pass. */
    private record Part(
            List<NormalizedSums> points,
            @Nullable NearestKeys neighbors,
            @Nullable ClassEvidence evidence,
            int first,
            int count) {}

    /**
     * Holds the results of a pass.
     *
     * @param points for each θ in order
     * @param evidence for the classes; null if it was not asked for
     */
    Answer(
            int batch,
            int classes,
            List<NormalizedSums> points,
            @Nullable NearestKeys neighbors,
            @Nullable ClassEvidence evidence,
            long keys,
            long version) {
        this(
                List.of(new Part(points, neighbors, evidence, 0, batch)),
                classes,
                all(points.size()),
                keys,
                version,
                null);
    }

    private static int[] all(int thetas) {
        int[] all = new int[thetas];
        for (int i = 0; i < thetas; i++) {
            all[i] = i;
        }
        return all;
    }

    private Answer(List<Part> parts, int classes, int[] chosen, long keys, long version, @Nullable AnswerRule rule) {
        this.parts = parts;
        this.classes = classes;
        this.chosen = chosen;
        this.keys = keys;
        this.version = version;
        this.rule = rule;
    }

    /** Number of queries. */
    public int batch() {
        return parts.stream().mapToInt(Part::count).sum();
    }

    /** Number of classes. */
    public int classes() {
        return classes;
    }

    /** Number of keys that answer: those of the index at the moment of the query, or those of them that it is restricted to. */
    public long keys() {
        return keys;
    }

    /** Number of changes of the index since it was opened; answers of one version are from the same keys. */
    public long version() {
        return version;
    }

    /**
     * Returns the answer for a θ.
     *
     * @param theta index of θ among those of the query
     * @throws IndexOutOfBoundsException if there is no such θ
     */
    public Answer at(int theta) {
        int[] one = {chosen[Objects.checkIndex(theta, chosen.length)]};
        return new Answer(parts, classes, one, keys, version, rule);
    }

    /** Returns this answer with the probabilities of a rule of the memory alone, whose θ is that of this answer. */
    Answer by(AnswerRule other) {
        return new Answer(parts, classes, chosen, keys, version, other);
    }

    /** Returns the answers for each θ, in order. */
    public List<Answer> points() {
        return IntStream.range(0, chosen.length).mapToObj(this::at).toList();
    }

    /**
     * Returns the answer to a query of the batch.
     *
     * @throws IndexOutOfBoundsException if there is no such query
     */
    public Row row(int query) {
        int left = query;
        for (Part part : parts) {
            if (left >= 0 && left < part.count) {
                Row plain = new Row(part, part.first + left, null);
                return rule == null ? plain : new Row(part, plain.row, rule.alone(plain));
            }
            left -= part.count;
        }
        throw new IndexOutOfBoundsException("row " + query + " of " + batch());
    }

    /**
     * Returns the answers to some of the queries. They share the memory of this answer.
     *
     * @param from the first of these queries
     * @throws IndexOutOfBoundsException if there are no such queries
     */
    public Answer rows(int from, int count) {
        Objects.checkFromIndexSize(from, count, batch());
        List<Part> some = new ArrayList<>();
        int before = 0;
        for (Part part : parts) {
            int first = Math.max(from, before);
            int last = Math.min(from + count, before + part.count);
            if (first < last) {
                some.add(new Part(
                        part.points, part.neighbors, part.evidence, part.first + first - before, last - first));
            }
            before += part.count;
        }
        return new Answer(some, classes, chosen, keys, version, rule);
    }

    /**
     * Joins answers to queries that ask for the same, from the same keys.
     *
     * @throws IllegalArgumentException if there is none, or if their {@link #version} or the number of their {@link #keys} differ
     */
    public static Answer joined(List<Answer> answers) {
        if (answers.isEmpty()) {
            throw new IllegalArgumentException("no answers to join: expected at least one");
        }
        Answer first = answers.get(0);
        for (Answer other : answers) {
            if (other.version != first.version || other.keys != first.keys) {
                throw new IllegalArgumentException("an answer of version " + other.version + " from " + other.keys
                        + " keys cannot be joined to one of version " + first.version + " from " + first.keys
                        + " keys: ask for all rows at once, or from one snapshot");
            }
        }
        List<Part> all =
                answers.stream().flatMap(answer -> answer.parts.stream()).toList();
        return new Answer(all, first.classes, first.chosen, first.keys, first.version, first.rule);
    }

    /** The answer to one query. */
    public final class Row {
        private final Part part;
        private final int row;
        /** The probabilities; null for those of the memory. */
        private final double @Nullable [] byRule;

        private Row(Part part, int row, double @Nullable [] byRule) {
            this.part = part;
            this.row = row;
            this.byRule = byRule;
        }

        private NormalizedSums point() {
            if (chosen.length == 0) {
                throw new IllegalStateException("the answer has no probabilities: ask for them with Query.thetas");
            }
            return part.points.get(chosen[0]);
        }

        private int offset(int number) {
            return row * classes + Objects.checkIndex(number, classes);
        }

        /** Returns the most probable class, the first of equals. */
        public int best() {
            if (byRule != null) {
                return ArgMax.of(byRule);
            }
            float[] values = point().values();
            int first = row * classes;
            return ArgMax.of(classes, c -> values[first + c]);
        }

        /** Number of classes. */
        public int classes() {
            return classes;
        }

        /**
         * Returns the probability of a class: by the rule, or equations (1) and (2).
         *
         * @throws IndexOutOfBoundsException if there is no such class
         */
        public float probability(int label) {
            return byRule == null ? ofKeys(label) : (float) byRule[Objects.checkIndex(label, classes)];
        }

        /** Returns a copy of the probabilities: {@code (classes)}. */
        public float[] probabilities() {
            float[] values = Arrays.copyOfRange(point().values(), row * classes, (row + 1) * classes);
            for (int c = 0; byRule != null && c < classes; c++) {
                values[c] = (float) byRule[c];
            }
            return values;
        }

        /** Returns the {@linkplain DoubtThreshold doubt} of the answer. */
        public double doubt() {
            return byRule == null
                    ? DoubtThreshold.doubt(classes, this::probability)
                    : DoubtThreshold.alone(byRule, this);
        }

        /** Returns Σ p_c d_c, the expected distance for these probabilities; 0 without evidence. */
        double distance(double[] probabilities) {
            double distance = 0;
            for (int c = 0; hasEvidence() && c < classes; c++) {
                distance += probabilities[c] > 0 ? probabilities[c] * evidence().distance(row, c) : 0;
            }
            return distance;
        }

        private float ofKeys(int label) {
            return point().values()[offset(label)];
        }

        /**
         * Returns log Σ_k exp(θ (φᵀμ_k − 1)), which says how much of the cache supports the answer. It is
         * 0 where one key equals the query and all others are far, and at most log({@link Answer#keys}). It is very negative if no
         * key is near; the distribution then decides among far keys.
         */
        public double logMass() {
            return point().logMasses()[row];
        }

        /** Returns the score φᵀμ_k of the nearest key, in -1..1 but for rounding. */
        public float greatestScore() {
            return point().maxima()[row];
        }

        /** Returns whether the answer has {@linkplain Query#evidence evidence}. */
        public boolean hasEvidence() {
            return part.evidence != null;
        }

        private ClassEvidence evidence() {
            if (part.evidence == null) {
                throw new IllegalStateException(
                        "the answer has no evidence for classes: ask for it with Query.evidence");
            }
            return part.evidence;
        }

        /**
         * Returns log E_c, E_c = (S_c + τ S̄) / (n_c + τ): the mean of exp(θ (φᵀμ_k − 1)) over the n_c keys of a class, S_c / n_c, drawn to the
         * mean S̄ over all keys as by τ = 20 more keys. So it does not depend on how many keys a class has, and a class without keys has
         * neither more nor less evidence than the mean.
         *
         * @throws IndexOutOfBoundsException if there is no such class
         * @throws IllegalStateException if the query did not ask for evidence, or has no θ
         */
        public double logEvidence(int label) {
            return logEvidence(label, ClassMeans.PRIOR_KEYS);
        }

        /** Returns log E_c with another τ, more than 0. */
        double logEvidence(int label, double prior) {
            return evidence().log(label, ofKeys(label), prior) + logMass();
        }

        /** Returns the number of keys that answer the query; throws as {@link #logEvidence}. */
        long keys() {
            return evidence().keys();
        }

        /**
         * Returns the number of keys of a class that answer the query.
         *
         * @throws IndexOutOfBoundsException if there is no such class
         * @throws IllegalStateException if the query did not ask for evidence
         */
        public long keys(int label) {
            return evidence().counts()[Objects.checkIndex(label, classes)];
        }

        /**
         * Returns zᵀm_c: how like the {@linkplain Query#evidence direction of a class} the query is, in -1..1; for a class without keys, its
         * mean over the keys of all classes.
         *
         * @throws IndexOutOfBoundsException if there is no such class
         * @throws IllegalStateException if the query did not ask for evidence
         */
        public double direction(int label) {
            return evidence().direction(row, Objects.checkIndex(label, classes));
        }

        /** Returns whether the query asked for the nearest keys. */
        public boolean hasNeighbors() {
            return part.neighbors != null;
        }

        /**
         * Returns the keys with the greatest scores, best first; of equal scores, the key added first.
         *
         * @throws IllegalStateException if the query asked for none
         */
        public List<Neighbor> neighbors() {
            NearestKeys found = part.neighbors;
            if (found == null) {
                throw new IllegalStateException("the answer has no neighbors: ask for them with Query.neighbors");
            }
            return new AbstractList<>() {
                @Override
                public Neighbor get(int place) {
                    return neighbor(found, row * found.k() + Objects.checkIndex(place, found.k()));
                }

                @Override
                public int size() {
                    return found.k();
                }
            };
        }

        private Neighbor neighbor(NearestKeys found, int i) {
            int label = found.labels()[i];
            float score = found.scores()[i];
            return new Neighbor(
                    found.ids()[i],
                    found.names()[i],
                    label,
                    score,
                    chosen.length == 0 ? Double.NaN : share(label, score),
                    found.thumbnails()[i]);
        }

        private double share(int label, float score) {
            double exponent = point().theta() * (score - 1.0) - logMass();
            double ofClass = Math.max(ofKeys(label), Float.MIN_VALUE);
            return Math.min(1, Math.exp(exponent) / ofClass); // scores and sums are rounded differently
        }

        @Override
        public String toString() {
            return "Answer.Row[" + (chosen.length == 0 ? "" : Arrays.toString(probabilities()))
                    + (part.neighbors == null ? "" : " " + neighbors()) + "]";
        }
    }

    @Override
    public String toString() {
        NearestKeys found = parts.get(0).neighbors;
        return "Answer[" + batch() + " queries, " + chosen.length + " thetas, " + (found == null ? 0 : found.k())
                + " neighbors, " + keys + " keys, version " + version + "]";
    }
}
