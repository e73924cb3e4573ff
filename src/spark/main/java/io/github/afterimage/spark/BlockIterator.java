package io.github.afterimage.spark;

import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Runs the images of a partition through a network, one block for each call of {@link #next}. */
record BlockIterator(Iterator<NumberedImage> images, Network network, int maxBlock) implements Iterator<FeatureBlock> {
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
        float[] probabilities = new float[size * network.classes()];
        try {
            network.run(
                    size,
                    i -> block.get(i).source().read(),
                    FloatBuffer.wrap(features),
                    FloatBuffer.wrap(probabilities));
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
