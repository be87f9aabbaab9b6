/** The page of our web views: one script by its nonce, one style sheet, nothing from anywhere else. */

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

export function setPage(webview: vscode.Webview, extension: vscode.Uri, mode: "chat" | "answer" | "alternatives"): void {
  const dist = vscode.Uri.joinPath(extension, "dist");
  const media = vscode.Uri.joinPath(extension, "media");
  webview.options = { enableScripts: true, localResourceRoots: [dist, media], enableCommandUris: false };
  const nonce = randomBytes(16).toString("base64url");
  const script = webview.asWebviewUri(vscode.Uri.joinPath(dist, "webview.js")).toString();
  const style = webview.asWebviewUri(vscode.Uri.joinPath(media, "webview.css")).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  webview.html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Monkey Coder</title>
</head>
<body data-mode="${mode}">
<div id="root"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
