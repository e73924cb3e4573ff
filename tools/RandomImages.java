import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Writes JPEG pictures of random shapes in a folder for each class, to measure time and memory for data that is not there:
 * {@code java tools/RandomImages.java FOLDER CLASSES PER_CLASS PIXELS}. The same arguments give the same pictures.
 */
class RandomImages {
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 4) {
            System.err.println("usage: java tools/RandomImages.java FOLDER CLASSES PER_CLASS PIXELS");
            System.exit(2);
        }
        Path folder = Path.of(arguments[0]);
        int classes = Integer.parseInt(arguments[1]);
        int perClass = Integer.parseInt(arguments[2]);
        int pixels = Integer.parseInt(arguments[3]);
        for (int label = 0; label < classes; label++) {
            Path of = Files.createDirectories(folder.resolve("class%04d".formatted(label)));
            for (int i = 0; i < perClass; i++) {
                BufferedImage image = draw(new Random((long) label * perClass + i), pixels);
                ImageIO.write(image, "jpg", of.resolve("%04d.jpg".formatted(i)).toFile());
            }
        }
    }

    private static BufferedImage draw(Random random, int pixels) {
        BufferedImage image = new BufferedImage(pixels, pixels, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        for (int shape = 0; shape < 40; shape++) {
            graphics.setColor(new Color(random.nextInt(1 << 24)));
            int size = 1 + random.nextInt(pixels / 2);
            graphics.fillOval(random.nextInt(pixels) - size / 2, random.nextInt(pixels) - size / 2, size, size);
        }
        graphics.dispose();
        return image;
    }
}
