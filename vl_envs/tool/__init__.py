"""VLTool: image-tool question answering."""
