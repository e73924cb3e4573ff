package io.github.afterimage.spark;

import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.spark.SparkImages.NumberedImage;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Consecutive images with the output of the network.
 *
 * @param features {@code (ids.length, dim)} row-major
 * @param probabilities {@code (ids.length, views, classes)} row-major
 */
record FeatureBlock(long[] ids, int[] labels, String[] names, float[] features, float[] probabilities)
        implements Serializable {
    int size() {
        return ids.length;
    }

    FeatureBlock withOutput(float[] otherFeatures, float[] otherProbabilities) {
        return new FeatureBlock(ids, labels, names, otherFeatures, otherProbabilities);
    }

    /** {@return images {@code from} to {@code to} - 1} */
    FeatureBlock rows(int from, int to) {
        return from == 0 && to == size()
                ? this
                : new FeatureBlock(
                        Arrays.copyOfRange(ids, from, to),
                        Arrays.copyOfRange(labels, from, to),
                        Arrays.copyOfRange(names, from, to),
                        rows(features, from, to),
                        rows(probabilities, from, to));
    }

    private float[] rows(float[] values, int from, int to) {
        int columns = values.length / size();
        return Arrays.copyOfRange(values, from * columns, to * columns);
    }

    /** Runs the images of a partition through a network, one block for each call of {@link #next}. */
    record Blocks(Iterator<NumberedImage> images, Network network, int maxBlock) implements Iterator<FeatureBlock> {
        @Override
        public boolean hasNext() {
            return images.hasNext();
        }

        /** {@return the next block; its features are not normalised} */
        @Override
        public FeatureBlock next() {
            List<NumberedImage> block = new ArrayList<>();
            while (block.size() < maxBlock && images.hasNext()) {
                block.add(images.next());
            }
            int size = block.size();
            float[] features = new float[Math.multiplyExact(size, network.dim())];
            float[] probabilities = new float[size * network.probabilityValues()];
            ImageSet read = new ImageSet(
                    "block",
                    List.of(),
                    block.stream().mapToInt(NumberedImage::label).toArray(),
                    i -> "image " + i,
                    i -> block.get(i).source().read());
            try {
                network.run(read, 0, size, FloatBuffer.wrap(features), FloatBuffer.wrap(probabilities));
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "in the block that begins with image " + block.get(0).id() + ": " + e.getMessage(), e);
            }
            return new FeatureBlock(
                    block.stream().mapToLong(NumberedImage::id).toArray(),
                    block.stream().mapToInt(NumberedImage::label).toArray(),
                    block.stream().map(NumberedImage::name).toArray(String[]::new),
                    features,
                    probabilities);
        }
    }
}
