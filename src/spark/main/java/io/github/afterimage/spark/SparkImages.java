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
 * Images with labels as a Spark data set: {@code id} long, {@code label} int, {@code image}, the bytes of a file that {@link
 * Image#read} takes, and perhaps {@code name}, which the image's key gets. Ids order them, and are the same however they are
 * partitioned.
 */
public final class SparkImages {
    /** The column of ids, each of which is there once. */
    public static final String ID = "id";
    /** The column of labels, a class from 0 on. */
    public static final String LABEL = "label";
    /** The column of encoded pictures. */
    public static final String IMAGE = "image";

    /** The column of names, see {@link ImageSet#imageName}; a data set without it has images without names. */
    public static final String NAME = "name";

    private static final String PARQUET = "parquet:";
    private static final String IMAGES = "images:";
    private static final String CLASS = "class";
    private static final StructType SCHEMA = new StructType()
            .add(ID, DataTypes.LongType)
            .add(LABEL, DataTypes.IntegerType)
            .add(IMAGE, DataTypes.BinaryType)
            .add(NAME, DataTypes.StringType);

    private SparkImages() {}

    /**
     * Opens images by their specification: {@code parquet:URI} with columns {@code image}, {@code label} and perhaps {@code
     * id} and {@code name}, {@code images:URI} for a folder per class where the URI has a scheme, or what {@link ImageSets} opens, which
     * every executor must reach by the same path.
     *
     * @param flip whether to add the mirror images, where {@link ImageSets} opens them
     * @throws IllegalArgumentException if it is none of these
     */
    public static Dataset<Row> open(SparkSession spark, String specification, boolean flip) throws IOException {
        requireNoMirrors(specification, flip);
        if (specification.startsWith(PARQUET)) {
            return parquet(spark, specification.substring(PARQUET.length()));
        }
        return byUri(specification)
                ? files(spark, specification.substring(IMAGES.length()))
                : shared(spark, specification, flip);
    }

    private static void requireNoMirrors(String specification, boolean flip) {
        if (byUri(specification) && flip) {
            throw new IllegalArgumentException(specification + ": mirror images are made of images on a shared disk");
        }
    }

    private static boolean byUri(String specification) {
        return specification.startsWith(PARQUET) || specification.matches("images:[a-z0-9]+://.*");
    }

    /** Parquet files; where they have no {@code id}, it is a hash of the picture, of which equal ones are taken once. */
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
     * A folder with a folder for each class, whose order by name gives the labels; ids are hashes of the paths, and other
     * files than pictures are passed over.
     */
    public static Dataset<Row> files(SparkSession spark, String uri) throws IOException {
        return files(spark, uri, List.of(), 0);
    }

    /** The same with the labels that classes of these names have, see {@link ImageSet#withClasses}; 0 for any number. */
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

    /** The names of the classes of a specification; empty where Parquet files only number them. */
    static List<String> classNames(SparkSession spark, String specification) throws IOException {
        if (specification.startsWith(PARQUET)) {
            return List.of();
        }
        return byUri(specification)
                ? classNames(pictures(spark, specification.substring(IMAGES.length())))
                : ImageSets.open(specification).classNames();
    }

    private static Dataset<Row> shared(SparkSession spark, String specification, boolean flip) throws IOException {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        int[] rows = rows(images(specification, flip), flip, PerClass.ALL);
        return spark.createDataFrame(
                numbered(context, rows, 4 * context.defaultParallelism(), () -> images(specification, flip))
                        .map(image -> RowFactory.create(image.id(), image.label(), encoded(image), image.name())),
                SCHEMA);
    }

    private interface Opening extends Serializable {
        ImageSet open() throws IOException;
    }

    /** Images of these rows of what is opened. */
    private static JavaRDD<NumberedImage> numbered(
            JavaSparkContext context, int[] rows, int partitions, Opening opening) {
        int size = rows.length;
        int ranges = Math.max(1, Math.min(size, partitions));
        List<Integer> numbers = IntStream.range(0, ranges).boxed().toList();
        return context.parallelize(numbers, ranges).flatMap(range -> {
            ImageSet images = opening.open();
            int first = (int) ((long) size * range / ranges);
            int last = (int) ((long) size * (range + 1) / ranges);
            return IntStream.range(first, last)
                    .mapToObj(i -> new NumberedImage(
                            i, images.label(rows[i]), images.imageName(rows[i]), () -> images.image(rows[i])))
                    .iterator();
        });
    }

    private static ImageSet images(String specification, boolean flip) throws IOException {
        ImageSet images = ImageSets.open(specification);
        return flip ? images.withMirrorImages() : images;
    }

    private static int[] rows(ImageSet images, boolean flip, PerClass perClass) {
        if (perClass.all()) {
            return IntStream.range(0, images.size()).toArray();
        }
        int originals = flip ? images.size() / 2 : images.size();
        int[] rows = BalancedSample.rows(originals, images::label, perClass.count(), perClass.seed());
        return flip ? BalancedSample.withMirrors(rows, originals) : rows;
    }

    private static byte[] encoded(NumberedImage image) throws IOException {
        try {
            return image.source().read().encoded();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("image " + image.id() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Of each class {@code perClass} images, or all where it has fewer: those whose hashes of id and seed are the least, so
     * the same for a seed however the images are partitioned.
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
     * The images of a specification in the order of their ids. Those of {@link ImageSets} have the ids of their places and are
     * read where they are needed: nothing is encoded, sorted or sent. Of each class some are drawn where that is wanted: of
     * those of {@link ImageSets} the ones that one process would draw, of others the {@link #balanced} ones.
     *
     * @param classNames whose labels folders of those names have, see {@link ImageSet#withClasses}
     * @param classes how many there are
     * @param token of those who share what is open
     * @param partitions how many at the most, from the number of images; 0 stands for one that is not known
     */
    static JavaRDD<NumberedImage> ordered(
            SparkSession spark,
            String specification,
            boolean flip,
            PerClass perClass,
            List<String> classNames,
            int classes,
            String token,
            IntUnaryOperator partitions)
            throws IOException {
        if (byUri(specification)) {
            requireNoMirrors(specification, flip);
            Dataset<Row> images = specification.startsWith(PARQUET)
                    ? open(spark, specification, flip)
                    : files(spark, specification.substring(IMAGES.length()), classNames, classes);
            return ordered(
                    perClass.all() ? images : balanced(images, perClass.count(), perClass.seed()),
                    partitions.applyAsInt(0));
        }
        Opening opening = () -> images(specification, flip).withClasses(classNames, classes);
        int[] rows = rows(opening.open(), flip, perClass);
        return numbered(
                JavaSparkContext.fromSparkContext(spark.sparkContext()),
                rows,
                partitions.applyAsInt(rows.length),
                () -> OpenOnce.get(token + "/images", opening::open));
    }

    /** The images in the order of their ids, in so many partitions at the most. */
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
