package io.github.afterimage.model;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Views;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An image classifier of a network and a memory, which answer together by an {@link AnswerRule}.
 *
 * <pre>{@code
 * try (CacheModel model = CacheModel.open(Path.of("resnet20.onnx"), Path.of("cifar10.safetensors"))) {
 *     Classification answer = model.classify(Image.read(Path.of("horse.png")));
 *     System.out.println(answer.name() + " " + answer.probability());
 * }
 * }</pre>
 *
 * <p>The rule is that of the index for the number of views that the network sees: the image, or also its mirror image, which takes twice
 * the network's time. A class that the network does not have, a {@linkplain io.github.afterimage.CacheIndexBuilder#spareClasses spare}
 * one, is told from the others by the memory alone; see {@link io.github.afterimage.answer.Pool}.
 *
 * <p>An index may record that its network has other classes. Then the memory answers alone.
 *
 * <p>Guarantee: all parts of an answer, its neighbours too, are from the keys of one moment.
 *
 * <p>Threads: thread-safe. Lifetime: owns its network and its index and closes both. Closing waits for running calls of
 * either; a call that needs a closed one throws {@link IllegalStateException}; closing twice is harmless.
 */
public final class CacheModel implements AutoCloseable {
    private final Network network;
    private final CacheIndex index;
    private final boolean alone; // the network has other classes than the index

    /**
     * Joins an open network and an open index; takes over both, unless it throws.
     *
     * @throws IllegalArgumentException if the index was built with another network, other layers or another preprocessing; or if the
     *     length of a key or the number of classes differs
     */
    public CacheModel(Network network, CacheIndex index) {
        this.network = network;
        this.index = index;
        Optional<KeySource> source = KeySource.of(index);
        source.ifPresent(expected -> expected.requireSame(network));
        alone = source.map(KeySource::memoryAlone).orElse(false);
        if (network.dim() != index.dim() || !alone && network.classes() != index.classes()) {
            throw new IllegalArgumentException("the network gives " + network.dim() + " features and "
                    + network.classes() + " classes: expected the index's " + index.dim() + " and " + index.classes()
                    + "; use the network that the index was built with");
        }
    }

    /**
     * Opens a network and the index that was built with it. The network sees as many views of an image as is best for the index.
     *
     * @throws IllegalArgumentException if the index was built with another network
     * @throws IOException if a file cannot be read or is damaged
     */
    public static CacheModel open(Path network, Path index) throws IOException {
        CacheIndex opened = CacheIndex.open(index);
        return Resources.guarded(opened, () -> open(network, opened, settings(opened)));
    }

    /** {@return the default settings of a network for an index: with as many views as is best for the index} */
    public static NetworkSettings settings(CacheReader index) {
        int views = KeySource.isMemoryAlone(index)
                ? 1
                : Math.max(1, index.calibration().views());
        return NetworkSettings.defaults().withViews(views);
    }

    /**
     * Opens a network for an open index, which the model takes over unless it throws.
     *
     * <pre>{@code
     * CacheIndex index = CacheIndex.open(Path.of("cifar10.safetensors"), new OpenOptions().load(false));
     * NetworkSettings settings = CacheModel.settings(index).withDevice(NetworkDevice.CUDA);
     * try (CacheModel model = CacheModel.open(Path.of("resnet20.onnx"), index, settings)) {
     *     System.out.println(model);
     * }
     * }</pre>
     *
     * @param settings device, threads, batch, views; preprocessing, output and classes are always those of the index
     * @throws IllegalArgumentException if the index was built with another network
     * @throws IOException if the network cannot be read or is damaged
     */
    public static CacheModel open(Path network, CacheIndex index, NetworkSettings settings) throws IOException {
        Network source = KeySource.network(network, index, settings);
        return Resources.guarded(source, () -> new CacheModel(source, index));
    }

    /** {@return how this model answers: as the index does for the views of the network, or alone} */
    public Calibration calibration() {
        return index.calibration(alone ? Calibration.ALONE : network.views());
    }

    /** {@return the index of this model; keys may be added to it while the model is in use} */
    public CacheIndex index() {
        return index;
    }

    /** {@return the network of this model} */
    public Network network() {
        return network;
    }

    /** {@return whether the network has other classes than the index, so that the memory answers alone} */
    public boolean isAlone() {
        return alone;
    }

    /**
     * Classifies one image.
     *
     * @throws IllegalArgumentException if the image does not fit the network
     * @throws IllegalStateException if the model is closed, or the index is empty
     */
    public Classification classify(Image image) {
        return classify(ModelQuery.of(image)).get(0);
    }

    /**
     * Classifies a batch of images; see {@link #classify(ModelQuery)}.
     *
     * @return one for each image, in order; none for no images
     * @throws IllegalArgumentException if an image does not fit the network, with its place in the list
     * @throws IllegalStateException if the model is closed, or the index is empty
     */
    public List<Classification> classify(List<Image> images) {
        return classify(ModelQuery.of(images));
    }

    /**
     * Classifies a batch of images, of preprocessed inputs or of features.
     *
     * @return one for each row, in order; none for no rows
     * @throws IllegalArgumentException if an image does not fit the network, with its place in the list; if the number of values
     *     does not fit; or if the rule of the query needs a network that has other classes than the index
     * @throws IllegalStateException if the model is closed, or the index is empty
     */
    public List<Classification> classify(ModelQuery query) {
        ModelQuery.Rows features = activations(query.rows());
        if (batch(features) == 0) {
            return List.of();
        }
        Calibration chosen = calibration(query, features);
        Answer answer = index.answer(query.asked(chosen.rule(), features));
        return Classification.of(index, answer, chosen, features.probabilities());
    }

    /**
     * Remembers a picture: from the next query on, it is {@linkplain Classification#isRecognised recognised}, and in similar forms too. Its
     * features become a key, and those of its mirror image another one with the same id, where the network sees both.
     *
     * <pre>{@code
     * static void learn(CacheModel model, Path picture) throws IOException {
     *     int label = model.index().classNames().indexOf("horse");
     *     AddedKeys key = model.learn(Image.read(picture), label, picture.toString());
     *     model.index().remove(key.first()); // takes it back
     * }
     * }</pre>
     *
     * @param label the class, below {@link CacheIndex#classes}
     * @param name of the key, such as that of a file; may be empty
     * @return the id of the picture
     * @throws IllegalArgumentException if the image does not fit the network, or there is no such class
     * @throws IllegalStateException if the model is closed
     */
    public AddedKeys learn(Image image, int label, String name) {
        List<String> names = List.of(Objects.requireNonNull(name, "name null: expected text, which may be empty"));
        return index.add(KeyBatch.of(lessonFeatures(List.of(image)), new int[] {label})
                .views(network.views())
                .names(names));
    }

    /**
     * Computes the features of each image and, where the network sees two views, of its mirror image behind it, which {@link
     * KeyBatch#views} gives one id.
     *
     * @return {@code (images x views, dim)}
     * @throws IllegalArgumentException if an image does not fit the network
     * @throws IllegalStateException if the model is closed
     */
    public FloatBuffer lessonFeatures(List<Image> images) {
        return features(ModelQuery.of(
                network.views() == 1
                        ? images
                        : images.stream()
                                .flatMap(image -> Stream.of(image, image.mirrored()))
                                .toList()));
    }

    /**
     * Saves the index with all that was learned; see {@link CacheIndex#save(Path)}.
     *
     * @throws IOException as {@link CacheIndex#save(Path)}
     * @throws IllegalStateException if the model is closed
     */
    public void save(Path file) throws IOException {
        index.save(file);
    }

    /**
     * Computes the features of images, inputs or features: the keys of the index.
     *
     * @param query its rows only
     * @return {@code (batch, dim)}
     * @throws IllegalArgumentException if a row does not fit the network
     * @throws IllegalStateException if the model is closed
     */
    public FloatBuffer features(ModelQuery query) {
        return activations(query.rows()).values();
    }

    /** Returns how a query is answered. */
    Calibration calibration(ModelQuery query, ModelQuery.Rows rows) {
        boolean lone = alone || rows.kind() == ModelQuery.Kind.FEATURES && rows.probabilities() == null;
        Calibration own = index.calibration(lone ? Calibration.ALONE : network.views());
        if (lone && query.rule().filter(AnswerRule::needsNetwork).isPresent()) {
            throw new IllegalArgumentException(
                    "the rule of the query has a weight for the network: expected none, since the"
                            + " memory answers alone");
        }
        return query.rule()
                .filter(rule -> !rule.equals(own.rule()))
                .map(rule -> Calibration.of(rule, own.views()))
                .orElse(own);
    }

    /**
     * Runs the network, unless the rows are its activations.
     *
     * @throws IllegalArgumentException if the rows do not fit the network
     */
    ModelQuery.Rows activations(ModelQuery.Rows rows) {
        if (rows.kind() == ModelQuery.Kind.FEATURES) {
            requireFit(rows);
            return rows;
        }
        int batch = batch(rows);
        FloatBuffer features = FloatBuffer.allocate(Math.multiplyExact(batch, network.dim()));
        FloatBuffer probabilities =
                alone ? null : FloatBuffer.allocate(Math.multiplyExact(batch, network.probabilityValues()));
        if (rows.kind() == ModelQuery.Kind.IMAGES) {
            network.run(rows.images(), features, probabilities);
        } else {
            network.run(batch, rows.values(), features, probabilities);
        }
        return ModelQuery.Rows.of(
                ModelQuery.Kind.FEATURES,
                features.flip(),
                probabilities == null
                        ? null
                        : FloatBuffer.wrap(Views.together(probabilities.array(), batch, network.views())));
    }

    /**
     * Preprocesses images and checks the form of other rows.
     *
     * @throws IllegalArgumentException if the rows do not fit the network
     */
    ModelQuery.Rows prepared(ModelQuery.Rows rows) {
        if (rows.kind() == ModelQuery.Kind.FEATURES) {
            requireFit(rows);
        }
        if (rows.kind() != ModelQuery.Kind.IMAGES) {
            return rows;
        }
        FloatBuffer inputs = FloatBuffer.allocate(Math.multiplyExact(batch(rows), network.inputSize()));
        for (int i = 0; i < rows.images().size(); i++) {
            try {
                network.input(rows.images().get(i), inputs);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("image " + i + ": " + e.getMessage(), e);
            }
        }
        return ModelQuery.Rows.of(ModelQuery.Kind.INPUTS, inputs.flip(), null);
    }

    /** The form that a model shares with the one that it replaces, because callers send rows that were made for it. */
    record Form(List<Integer> inputShape, int dim, int classes, boolean alone) {
        @Override
        public String toString() {
            return "inputs of " + inputShape + ", dim " + dim + " and " + classes + " classes"
                    + (alone ? ", memory alone" : "");
        }
    }

    Form form() {
        return new Form(network.inputShape(), index.dim(), index.classes(), alone);
    }

    /**
     * Returns the number of rows.
     *
     * @throws IllegalArgumentException if the number of values is no multiple of those of a row
     */
    int batch(ModelQuery.Rows rows) {
        return switch (rows.kind()) {
            case IMAGES -> rows.images().size();
            case INPUTS -> batch("inputs", rows.values(), "the network's", network.inputSize());
            case FEATURES -> batch("features", rows.values(), "dim", index.dim());
        };
    }

    private static int batch(String what, FloatBuffer values, String of, int size) {
        if (values.remaining() % size != 0) {
            throw new IllegalArgumentException(
                    what + " hold " + values.remaining() + " values: expected a multiple of " + of + " " + size);
        }
        return values.remaining() / size;
    }

    private void requireFit(ModelQuery.Rows features) {
        FloatBuffer probabilities = features.probabilities();
        long expected = (long) batch(features) * index.classes();
        if (probabilities != null && (alone || probabilities.remaining() != expected)) {
            throw new IllegalArgumentException("the network's probabilities hold " + probabilities.remaining()
                    + " values: expected "
                    + (alone
                            ? "none, since the network has other classes than the index"
                            : batch(features) + " rows x " + index.classes() + " classes"));
        }
    }

    @Override
    public void close() {
        try {
            network.close();
        } finally {
            index.close();
        }
    }

    @Override
    public String toString() {
        return "CacheModel[" + network + ", " + index + ", " + calibration().rule() + "]";
    }
}
