package io.github.afterimage.model.evaluation;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** Runs each image through the network when it is asked for. */
final class ImageExamples implements Examples {
    private final Network network;
    private final ImageSet images;
    private final boolean withProbabilities;

    ImageExamples(Network network, ImageSet images, boolean withProbabilities) {
        this.network = network;
        this.images = images;
        this.withProbabilities = withProbabilities;
        if (withProbabilities && images.classNames().size() > network.classes()) {
            throw new IllegalArgumentException(images.name() + " has "
                    + images.classNames().size() + " classes: expected at most the network's " + network.classes());
        }
    }

    @Override
    public int size() {
        return images.size();
    }

    @Override
    public int dim() {
        return network.dim();
    }

    @Override
    public int classes() {
        return withProbabilities ? network.classes() : images.classNames().size();
    }

    @Override
    public List<String> classNames() {
        return images.classNames().size() == classes() ? images.classNames() : List.of();
    }

    @Override
    public int label(int example) {
        return images.label(example);
    }

    @Override
    public String name(int example) {
        return images.imageName(example);
    }

    @Override
    public boolean hasProbabilities() {
        return withProbabilities;
    }

    @Override
    public Examples select(int[] rows) {
        return new ImageExamples(network, new SelectedImages(images, rows), withProbabilities);
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        FloatBuffer features = ByteBuffer.allocateDirect(
                        Math.multiplyExact(largestBatch, Math.multiplyExact(dim(), Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int first = 0; first < size(); first += largestBatch) {
            int start = first;
            int count = Math.min(largestBatch, size() - first);
            FloatBuffer probabilities = withProbabilities ? FloatBuffer.allocate(count * classes()) : null;
            features.clear();
            run(start, count, features, probabilities);
            int[] labels = new int[count];
            for (int i = 0; i < count; i++) {
                labels[i] = images.label(start + i);
            }
            consumer.accept(
                    new Batch(start, features.flip(), probabilities == null ? null : probabilities.array(), labels));
            progress.report(start + count, size());
        }
    }

    private void run(int start, int count, FloatBuffer features, FloatBuffer probabilities) throws IOException {
        try {
            network.run(count, source(start), features, probabilities);
        } catch (IllegalArgumentException e) {
            String place = start == 0 ? "" : "in the batch that begins with image " + start + ": ";
            throw new IllegalArgumentException(place + e.getMessage(), e);
        }
    }

    private Network.ImageSource source(int start) {
        return new Network.ImageSource() {
            @Override
            public Image image(int index) throws IOException {
                return images.image(start + index);
            }

            @Override
            public String name(int index) {
                return images.imageName(start + index);
            }
        };
    }
}
