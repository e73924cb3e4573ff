package io.github.afterimage.model;

import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Query;
import io.github.afterimage.model.data.Image;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request to a {@link CacheModel}: a batch of images, of preprocessed inputs or of features, and the results wanted for them.
 *
 * <pre>{@code
 * try (CacheModel model = CacheModel.open(Path.of("resnet20.onnx"), Path.of("cifar10.safetensors"))) {
 *     ModelQuery query = ModelQuery.of(Image.read(Path.of("horse.png"))).neighbors(5);
 *     System.out.println(model.classify(query).get(0).neighbors());
 * }
 * }</pre>
 *
 * <p>Immutable. Values are not copied: do not change arrays and buffers before the answer is there.
 */
public final class ModelQuery {
    private static final Query NO_ROWS = Query.of(new float[0]);

    private final Rows rows;
    private final int neighbors;
    private final @Nullable Duration timeout;

    private final @Nullable AnswerRule rule;

    /** The rows of a query: images, inputs of the network, or its activations. */
    enum Kind {
        IMAGES,
        INPUTS,
        FEATURES
    }

    /**
     * The rows of a query.
     *
     * @param images of which the values are not known yet; none for the other kinds
     * @param values {@code (batch, inputSize)} or {@code (batch, dim)} from position 0
     * @param probabilities of the network beside features, {@code (batch, classes)} from position 0; null if the memory answers alone
     */
    record Rows(
            Kind kind,
            List<Image> images,
            FloatBuffer values,
            @Nullable FloatBuffer probabilities) {
        static Rows of(Kind kind, FloatBuffer values, @Nullable FloatBuffer probabilities) {
            return new Rows(kind, List.of(), values, probabilities);
        }
    }

    private ModelQuery(Rows rows, int neighbors, @Nullable Duration timeout, @Nullable AnswerRule rule) {
        this.rows = rows;
        this.neighbors = neighbors;
        this.timeout = timeout;
        this.rule = rule;
    }

    private static ModelQuery of(Rows rows) {
        return new ModelQuery(rows, 0, null, null);
    }

    /** Makes a query of images. */
    public static ModelQuery of(List<Image> images) {
        return of(new Rows(Kind.IMAGES, List.copyOf(images), FloatBuffer.allocate(0), null));
    }

    /** Makes a query of images. */
    public static ModelQuery of(Image... images) {
        return of(List.of(images));
    }

    /**
     * Makes a query of inputs that are preprocessed already, as {@link
     * io.github.afterimage.model.network.Network#input} does.
     *
     * @param inputs {@code (batch, 3, height, width)} or {@code (batch, height, width, 3)}, as the network reads them, float32
     *     row-major, from the buffer's position to its limit; heap or direct
     */
    public static ModelQuery ofInputs(FloatBuffer inputs) {
        return of(Rows.of(Kind.INPUTS, inputs.slice(), null));
    }

    /** Makes a query of inputs in an array; see {@link #ofInputs(FloatBuffer)}. */
    public static ModelQuery ofInputs(float[] inputs) {
        return ofInputs(FloatBuffer.wrap(inputs));
    }

    /**
     * Makes a query of features, which the network has computed before, for the memory alone.
     *
     * @param features {@code (batch, dim)} float32 row-major, from the buffer's position to its limit; heap or direct
     */
    public static ModelQuery ofFeatures(FloatBuffer features) {
        return of(Rows.of(Kind.FEATURES, features.slice(), null));
    }

    /**
     * Makes a query of features and of the network's probabilities for the same images, or their {@linkplain
     * io.github.afterimage.answer.Pool#mean mean} for two views.
     *
     * @param features as in {@link #ofFeatures(FloatBuffer)}
     * @param probabilities {@code (batch, classes)} float32 row-major, likewise
     */
    public static ModelQuery ofFeatures(FloatBuffer features, FloatBuffer probabilities) {
        return of(Rows.of(Kind.FEATURES, features.slice(), probabilities.slice()));
    }

    /**
     * Returns this query with the nearest keys of each row.
     *
     * @param k number of keys; 0 for none, which saves a pass over the keys
     * @throws IllegalArgumentException if k is negative
     */
    public ModelQuery neighbors(int k) {
        Query unused = NO_ROWS.neighbors(k); // refuses a negative number
        return new ModelQuery(rows, k, timeout, rule);
    }

    /** Returns this query with another rule than that of the index; its answers have neither prediction sets nor a threshold of doubt. */
    public ModelQuery rule(AnswerRule value) {
        return new ModelQuery(rows, neighbors, timeout, value);
    }

    /**
     * Returns this query with a deadline. {@link ModelBatcher} drops it when the deadline passes; {@link CacheModel#classify}
     * ignores the deadline.
     *
     * @param limit time from the submission, positive
     * @throws IllegalArgumentException if it is not positive
     */
    public ModelQuery within(Duration limit) {
        Query unused = NO_ROWS.within(limit); // refuses one that is not positive
        return new ModelQuery(rows, neighbors, limit, rule);
    }

    Rows rows() {
        return rows;
    }

    /** Returns the query to the index for these rows. */
    Query asked(AnswerRule chosen, Rows features) {
        return Query.of(features.values)
                .neighbors(neighbors)
                .thetas(chosen.theta())
                .evidence(chosen.needsEvidence());
    }

    Optional<AnswerRule> rule() {
        return Optional.ofNullable(rule);
    }

    Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }

    @Override
    public String toString() {
        return "ModelQuery[" + rows.kind + ", " + neighbors + " neighbors" + (rule == null ? "" : ", " + rule) + "]";
    }
}
