package io.github.afterimage.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.xxhash64;

import io.github.afterimage.model.data.ClassNames;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageFiles;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.BalancedSample;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Labelled images as a data set of Spark. The columns are {@code id} (long), {@code label} (int), {@code image} (the bytes of
 * a file that {@link Image#read} decodes) and optionally {@code name}, the name of the image's key. Ids give the order, which
 * does not depend on the partitions.
 */
public final class SparkImages {
    /** The column of unique ids. */
    public static final String ID = "id";
    /** The column of labels, classes from 0 on. */
    public static final String LABEL = "label";
    /** The column of encoded images. */
    public static final String IMAGE = "image";

    /** The optional column of names, see {@link ImageSet#imageName}. */
    public static final String NAME = "name";

    private static final String PARQUET = "parquet:";
    private static final String IMAGES = "images:";
    private static final String CLASS = "class";

    private SparkImages() {}

    /** An image of a data set; its source decodes it. */
    record NumberedImage(long id, int label, String name, Source source) {

        /** Reads and decodes an image. */
        interface Source {
            Image read() throws IOException;
        }
    }

    private static boolean byUri(String specification) {
        return specification.startsWith(PARQUET) || specification.matches("images:[a-z0-9]+://.*");
    }

    /** Reads Parquet files. If they have no column {@code id}, ids are hashes of the images, and duplicates are dropped. */
    public static Dataset<Row> parquet(SparkSession spark, String uri) {
        Dataset<Row> rows = spark.read().parquet(uri);
        boolean numbered = List.of(rows.columns()).contains(ID);
        Dataset<Row> images = named(rows)
                .select(
                        (numbered ? col(ID).cast(DataTypes.LongType) : xxhash64(col(IMAGE))).as(ID),
                        col(LABEL).cast(DataTypes.IntegerType).as(LABEL),
                        col(IMAGE),
                        col(NAME).cast(DataTypes.StringType).as(NAME));
        return numbered ? images : images.dropDuplicates(ID);
    }

    private static Dataset<Row> named(Dataset<Row> images) {
        return List.of(images.columns()).contains(NAME) ? images : images.withColumn(NAME, lit(""));
    }

    /**
     * Reads a folder with a folder of images for each class. The order of the folders' names gives the labels; ids are hashes
     * of the paths; other files are skipped.
     */
    public static Dataset<Row> files(SparkSession spark, String uri) throws IOException {
        return files(spark, uri, List.of(), 0);
    }

    /** Matches labels to {@code classNames}, see {@link ImageSet#withClasses}; a count of 0 accepts any number of classes. */
    private static Dataset<Row> files(SparkSession spark, String uri, List<String> classNames, int count)
            throws IOException {
        Dataset<Row> files = pictures(spark, uri);
        List<String> found = classNames(files);
        int[] labels = ClassNames.labels("images:" + uri, found, classNames, count == 0 ? found.size() : count);
        List<Row> rows = IntStream.range(0, labels.length)
                .mapToObj(i -> RowFactory.create(found.get(i), labels[i]))
                .toList();
        StructType schema = new StructType().add(CLASS, DataTypes.StringType).add(LABEL, DataTypes.IntegerType);
        return files.join(functions.broadcast(spark.createDataFrame(rows, schema)), CLASS)
                .select(
                        xxhash64(col(NAME)).as(ID),
                        col(LABEL),
                        col("content").as(IMAGE),
                        functions.regexp_replace(col(NAME), "\\p{Cc}", "\ufffd").as(NAME));
    }

    private static Dataset<Row> pictures(SparkSession spark, String uri) {
        return spark.read()
                .format("binaryFile")
                .option("recursiveFileLookup", true)
                .load(uri)
                .where(col("path").rlike(ImageFiles.IMAGE_NAME))
                .withColumn(CLASS, functions.regexp_extract(col("path"), "([^/]+)/[^/]+$", 1))
                .withColumn(NAME, functions.regexp_extract(col("path"), "([^/]+/[^/]+)$", 1));
    }

    private static List<String> classNames(Dataset<Row> pictures) {
        return pictures.select(CLASS).distinct().orderBy(CLASS).collectAsList().stream()
                .map(row -> row.getString(0))
                .toList();
    }

    /** {@return the names of the classes of a specification; empty for Parquet files} */
    static List<String> classNames(SparkSession spark, String specification) throws IOException {
        if (specification.startsWith(PARQUET)) {
            return List.of();
        }
        return byUri(specification)
                ? classNames(pictures(spark, specification.substring(IMAGES.length())))
                : ImageSets.open(specification).classNames();
    }

    private interface ImageSetOpener extends Serializable {
        ImageSet open() throws IOException;
    }

    private static int[] rows(ImageSet images, SparkData data) {
        if (data.drawsAll()) {
            return IntStream.range(0, images.size()).toArray();
        }
        int originals = data.flip() ? images.size() / 2 : images.size();
        int[] rows = BalancedSample.rows(originals, images::label, data.perClass(), data.seed());
        return data.flip() ? BalancedSample.withMirrors(rows, originals) : rows;
    }

    /**
     * Draws {@code perClass} images of each class, or all images of a class that has fewer. Chooses the images with the
     * smallest hashes of id and seed; the choice does not depend on the partitions.
     *
     * @throws IllegalArgumentException if {@code perClass} is not positive
     */
    public static Dataset<Row> balanced(Dataset<Row> images, int perClass, long seed) {
        if (perClass <= 0) {
            throw new IllegalArgumentException("images per class " + perClass + ": expected a positive number");
        }
        Column order =
                functions.row_number().over(Window.partitionBy(LABEL).orderBy(xxhash64(col(ID), lit(seed)), col(ID)));
        Dataset<Row> chosen = images.select(ID, LABEL)
                .withColumn("place", order)
                .where(col("place").leq(perClass))
                .select(ID);
        return images.join(chosen, images.col(ID).equalTo(chosen.col(ID)), "left_semi");
    }

    /**
     * Opens images by their specification, in the order of their ids. {@code parquet:URI} has columns {@code image}, {@code label} and
     * optionally {@code id} and {@code name}. {@code images:URI}, with a scheme in the URI, is a folder with a folder for each class. Any
     * other specification is opened by {@link ImageSets}, and every executor must reach it by the same path: images have their numbers as
     * ids, and each executor reads them where it needs them; nothing is encoded, sorted or sent. A draw takes the images of {@link BalancedSample} from
     * them, and the {@link #balanced} ones from other data.
     *
     * @param classNames the class names that labels are matched to, see {@link ImageSet#withClasses}
     * @param classes the number of classes
     * @param token the prefix of the names of the {@link SharedResources}
     * @param partitions gives the maximum number of partitions for a number of images, 0 if that number is unknown
     * @throws IllegalArgumentException if the specification cannot be understood, or its images cannot be mirrored
     */
    static JavaRDD<NumberedImage> ordered(
            SparkSession spark,
            SparkData data,
            List<String> classNames,
            int classes,
            String token,
            IntUnaryOperator partitions)
            throws IOException {
        String specification = data.specification();
        if (byUri(specification)) {
            if (data.flip()) {
                throw new IllegalArgumentException(
                        specification + ": mirror images are made of images on a shared disk");
            }
            Dataset<Row> images = specification.startsWith(PARQUET)
                    ? parquet(spark, specification.substring(PARQUET.length()))
                    : files(spark, specification.substring(IMAGES.length()), classNames, classes);
            return ordered(
                    data.drawsAll() ? images : balanced(images, data.perClass(), data.seed()),
                    partitions.applyAsInt(0));
        }
        ImageSetOpener opener = () -> {
            ImageSet images = ImageSets.open(specification);
            return (data.flip() ? images.withMirrorImages() : images).withClasses(classNames, classes);
        };
        int[] rows = rows(opener.open(), data);
        int ranges = Math.max(1, Math.min(rows.length, partitions.applyAsInt(rows.length)));
        List<Integer> numbers = IntStream.range(0, ranges).boxed().toList();
        return JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(numbers, ranges)
                .flatMap(range -> {
                    ImageSet images = SharedResources.get(token + "/images", opener::open);
                    int first = (int) ((long) rows.length * range / ranges);
                    int last = (int) ((long) rows.length * (range + 1) / ranges);
                    return IntStream.range(first, last)
                            .mapToObj(i -> new NumberedImage(
                                    i, images.label(rows[i]), images.imageName(rows[i]), () -> images.image(rows[i])))
                            .iterator();
                });
    }

    /** Sorts images by their ids into at most {@code partitions} partitions. */
    static JavaRDD<NumberedImage> ordered(Dataset<Row> images, int partitions) {
        return named(images)
                .select(col(ID), col(LABEL), col(IMAGE), functions.coalesce(col(NAME), lit("")))
                .repartitionByRange(partitions, col(ID))
                .sortWithinPartitions(ID)
                .javaRDD()
                .map(row -> {
                    long id = row.getLong(0);
                    byte[] picture = row.getAs(2);
                    return new NumberedImage(
                            id, row.getInt(1), row.getString(3), () -> Image.decode("image " + id, picture));
                });
    }
}
