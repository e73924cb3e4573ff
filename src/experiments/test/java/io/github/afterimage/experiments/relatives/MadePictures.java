package io.github.afterimage.experiments.relatives;

import io.github.afterimage.model.data.Image;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pictures of made scenes, each with things on a textured ground, and changes of pictures as cameras and programs make them. */
public final class MadePictures {
    private MadePictures() {}

    /** Makes a changed copy of a picture of the same size. */
    public interface Change {
        BufferedImage of(BufferedImage picture, Random random);
    }

    /** Changes that leave the scene to be seen, by their names. */
    public static final Map<String, Change> CHANGES = changes();

    private static Map<String, Change> changes() {
        Map<String, Change> changes = new LinkedHashMap<>();
        changes.put("encoded at quality 0.5", (picture, random) -> encoded(picture, 0.5f));
        changes.put("encoded at quality 0.25", (picture, random) -> encoded(picture, 0.25f));
        changes.put(
                "brighter or darker",
                (picture, random) ->
                        levels(picture, random.nextBoolean() ? 1.3 : 0.7, random.nextInt(41) - 20, 0, random));
        changes.put("mirrored", (picture, random) -> seen(picture, 0.5, 0.5, 1, 0, true));
        changes.put("cropped to 90 %", (picture, random) -> cropped(picture, 0.9, random));
        changes.put("cropped to 75 %", (picture, random) -> cropped(picture, 0.75, random));
        changes.put(
                "shifted by a quarter, with noise",
                (picture, random) ->
                        levels(seen(picture, 0.4, 0.4 + 0.2 * random.nextDouble(), 0.8, 0, false), 1, 0, 2, random));
        changes.put(
                "turned by 5 degrees", (picture, random) -> seen(picture, 0.5, 0.5, 0.88, Math.toRadians(5), false));
        changes.put(
                "cropped, turned, mirrored, brighter, noisy and encoded",
                (picture, random) -> encoded(
                        levels(
                                seen(
                                        picture,
                                        0.47 + 0.06 * random.nextDouble(),
                                        0.47 + 0.06 * random.nextDouble(),
                                        0.85,
                                        Math.toRadians(10 * random.nextDouble() - 5),
                                        random.nextBoolean()),
                                0.8 + 0.4 * random.nextDouble(),
                                random.nextInt(31) - 15,
                                2,
                                random),
                        0.75f));
        return changes;
    }

    /**
     * Makes a scene.
     *
     * @param ground the colour of the ground, on which texture and things are drawn
     */
    public static BufferedImage scene(int side, Color ground, Random random) {
        BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(ground);
        graphics.fillRect(0, 0, side, side);
        for (int thing = 0; thing < 40; thing++) { // the first are texture, the last a few things before it
            double size = side * (thing < 32 ? 0.06 + 0.15 * random.nextDouble() : 0.15 + 0.3 * random.nextDouble());
            double flat = size * (0.3 + 0.7 * random.nextDouble());
            double spread = thing < 32 ? 0.25 : 0.6;
            graphics.setColor(new Color(
                    near(ground.getRed(), spread, random),
                    near(ground.getGreen(), spread, random),
                    near(ground.getBlue(), spread, random)));
            AffineTransform place = AffineTransform.getTranslateInstance(
                    side * (1.2 * random.nextDouble() - 0.1), side * (1.2 * random.nextDouble() - 0.1));
            place.rotate(Math.PI * random.nextDouble());
            graphics.fill(place.createTransformedShape(
                    random.nextBoolean()
                            ? new Ellipse2D.Double(-size / 2, -flat / 2, size, flat)
                            : new Rectangle2D.Double(-size / 2, -flat / 2, size, flat)));
        }
        graphics.dispose();
        return picture;
    }

    private static float near(int value, double spread, Random random) {
        return (float) Math.max(0, Math.min(1, value / 255.0 + spread * (2 * random.nextDouble() - 1)));
    }

    /** Returns a frame of a video that moves over a scene: what is seen from a place, 0 to 1, with the noise of the camera. */
    public static BufferedImage frame(BufferedImage scene, double across, double down, Random random) {
        double side = 0.8;
        return levels(
                seen(scene, side / 2 + across * (1 - side), side / 2 + down * (1 - side), side, 0, false),
                1,
                0,
                2,
                random);
    }

    private static BufferedImage cropped(BufferedImage picture, double side, Random random) {
        return seen(
                picture,
                side / 2 + random.nextDouble() * (1 - side),
                side / 2 + random.nextDouble() * (1 - side),
                side,
                0,
                false);
    }

    /**
     * Returns what a camera sees of a picture, in the same size.
     *
     * @param x the middle of what it sees, 0 to 1
     * @param side the part of the picture's side
     * @param angle in radians
     */
    public static BufferedImage seen(
            BufferedImage picture, double x, double y, double side, double angle, boolean mirrored) {
        int size = picture.getWidth();
        BufferedImage seen = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = seen.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        AffineTransform camera = AffineTransform.getTranslateInstance(size / 2.0, size / 2.0);
        camera.scale(mirrored ? -1 / side : 1 / side, 1 / side);
        camera.rotate(angle);
        camera.translate(-x * size, -y * size);
        graphics.drawImage(picture, camera, null);
        graphics.dispose();
        return seen;
    }

    /** Returns a picture with other levels, and noise of so many of 255. */
    private static BufferedImage levels(
            BufferedImage picture, double gain, double offset, double noise, Random random) {
        BufferedImage changed = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                int value = 0;
                for (int shift = 16; shift >= 0; shift -= 8) {
                    double level =
                            gain * (picture.getRGB(x, y) >> shift & 255) + offset + noise * random.nextGaussian();
                    value = value << 8 | (int) Math.round(Math.max(0, Math.min(255, level)));
                }
                changed.setRGB(x, y, value);
            }
        }
        return changed;
    }

    /** Returns a picture after JPEG at a quality, 0 to 1. */
    private static BufferedImage encoded(BufferedImage picture, float quality) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(quality);
            writer.setOutput(output);
            writer.write(null, new IIOImage(picture, null, null), parameters);
            output.flush();
            return ImageIO.read(new ByteArrayInputStream(bytes.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
    }

    static BufferedImage buffered(Image image) {
        BufferedImage picture = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                int value = 0;
                for (int channel = 0; channel < Image.CHANNELS; channel++) {
                    value = value << 8 | Math.round(255 * image.value(channel, y, x));
                }
                picture.setRGB(x, y, value);
            }
        }
        return picture;
    }

    static Miniature miniature(BufferedImage picture) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        byte[] samples = new byte[Image.CHANNELS * width * height];
        for (int i = 0; i < width * height; i++) {
            int value = picture.getRGB(i % width, i / width);
            samples[i] = (byte) (value >> 16);
            samples[width * height + i] = (byte) (value >> 8);
            samples[2 * width * height + i] = (byte) value;
        }
        return Miniature.of(Image.ofBytes(width, height, samples));
    }
}
