package io.github.afterimage.spark;

import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.PrincipalComponents;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * Principal components on their way to the executors.
 *
 * @param rows {@code (outputDim, dim)} row-major
 */
record Components(String reduction, int dim, float[] rows, double energy) implements Serializable {
    private static final int BATCH = 256;

    /** A task's network. */
    interface NetworkOpener extends Serializable {
        Network open() throws IOException;
    }

    /**
     * Learns from the images that one process would take: executors run them through the network, the driver holds
     * {@code (sample, dim)} float32 until it is done.
     *
     * @param firstPlaces of each partition of {@code images}, and at the end how many images there are
     * @throws IllegalArgumentException if there are fewer images than components
     */
    static Components learn(
            Reduction reduction,
            JavaRDD<NumberedImage> images,
            long[] firstPlaces,
            int sample,
            NetworkOpener network,
            int dim) {
        int[] places = ComponentTrainer.sampleRows(reduction, firstPlaces[firstPlaces.length - 1], sample);
        JavaRDD<Block> blocks = images.mapPartitionsWithIndex(
                        (part, some) -> {
                            Iterator<NumberedImage> chosen = chosen(some, firstPlaces[part], places);
                            return chosen.hasNext()
                                    ? new NetworkRuns(chosen, network.open(), BATCH)
                                    : List.<Block>of().iterator();
                        },
                        false)
                .persist(StorageLevel.DISK_ONLY());
        try (ComponentLearner learner = PrincipalComponents.learner(reduction, dim, places.length)) {
            blocks.count(); // all partitions at once; they come to the driver one after the other
            blocks.toLocalIterator().forEachRemaining(block -> learner.add(FloatBuffer.wrap(block.features())));
            try (PrincipalComponents learned =
                    learner.learn(Runtime.getRuntime().availableProcessors())) {
                return new Components(reduction.toString(), dim, learned.rows().array(), learned.energy());
            }
        } finally {
            blocks.unpersist();
        }
    }

    private static Iterator<NumberedImage> chosen(Iterator<NumberedImage> images, long firstPlace, int[] places) {
        List<NumberedImage> chosen = new ArrayList<>();
        for (long place = firstPlace; images.hasNext(); place++) {
            NumberedImage image = images.next();
            if (Arrays.binarySearch(places, (int) place) >= 0) {
                chosen.add(image);
            }
        }
        return chosen.iterator();
    }

    /** What reduces by these; the index that gets it closes it. */
    PrincipalComponents reducer() {
        return PrincipalComponents.of(Reduction.parse(reduction), dim, FloatBuffer.wrap(rows), energy);
    }
}
